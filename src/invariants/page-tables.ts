// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page tables of a process: which pages they map, and whether the process's own count of its tables is right.
 */
import { entryPfn, PRESENT } from '../../mmu/entry.ts';
import { kindOfSlot, PTE_TABLE } from '../../mmu/frames.ts';
import { frameOfSlot, type PhysMem, pageOfSlot, pfnOfSlot, slotOf } from '../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../mmu/types.ts';
import { pte_pfn, pte_present } from '../kernel/arch/x86/include/asm/pgtable.ts';
import { _PAGE_PSE, PTRS_PER_PTE } from '../kernel/arch/x86/include/asm/pgtable_types.ts';
import { mm_struct, page as struct_page } from '../kernel/include/linux/mm_types.ts';
import { non_swap_entry, pte_to_swp_entry, swp_offset } from '../kernel/include/linux/swapops.ts';
import { type Census, countSwap, referencesTo } from './census.ts';

const PTRS_PER_PGD = 4;
/** Page directories below the kernel's gigabyte. */
const USER_PGDS = 3;
const PAGE_BYTES = 4096;
/** Software bit of a pte whose page is nobody's: the zero page. */
const SPECIAL = 1 << 9;

const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

/** @param name what people call the mm */
export function countTables(census: Census, mm: Ptr, name: string): void {
  const { mem, findings } = census;
  const pgd = slotOf(mem, (mem.words[mm + mm_struct.pgd]! >>> 0) as Pfn);
  if (pgd < 0) {
    findings.push(`${name}: its pgd is no memory`);
    return;
  }
  let tables = 0;
  for (let i = 0; i < PTRS_PER_PGD; i++) {
    const at = frameOfSlot(mem, pgd) + 2 * i;
    const lo = mem.words[at]!;
    if ((lo & PRESENT) === 0 || i >= USER_PGDS) continue;
    const slot = slotOf(mem, entryPfn(lo, mem.words[at + 1]!));
    tables += 1 + countDirectory(census, slot, name, i * 0x40000000);
  }
  const counted = mem.words[mm + mm_struct.pgtables_bytes]!;
  if (counted !== tables * PAGE_BYTES) findings.push(`${name}: pgtables_bytes is ${counted}, and ${tables} page tables are in use`);
}

/** @returns how many tables hang in a page directory or wait there */
function countDirectory(census: Census, slot: number, name: string, address: number): number {
  const { mem } = census;
  let tables = countDeposited(census, slot, name);
  for (let i = 0; i < PTRS_PER_PTE; i++) {
    const at = frameOfSlot(mem, slot) + 2 * i;
    const lo = mem.words[at]!;
    if (lo === 0) continue;
    const va = address + i * 0x200000;
    if ((lo & _PAGE_PSE) !== 0) {
      const head = slotOf(mem, pte_pfn(lo, mem.words[at + 1]!));
      if (head < 0) census.findings.push(`${name}: the pmd of ${hex(va)} maps what is no memory`);
      else referencesTo(census, pageOfSlot(mem, head)).pmds++;
      continue;
    }
    tables++;
    countTable(census, slotOf(mem, entryPfn(lo, mem.words[at + 1]!)), name, va);
  }
  return tables;
}

function countDeposited(census: Census, directory: number, name: string): number {
  const { mem } = census;
  const first = mem.words[pageOfSlot(mem, directory) + struct_page.pmd_huge_pte]! as Ptr;
  let n = 0;
  for (let table = first; table !== NULL; table = mem.words[table + struct_page.lru_next]! as Ptr) {
    n++;
    takeTable(census, table, name);
    if (mem.words[table + struct_page.lru_next] === first) break;
  }
  return n;
}

function takeTable(census: Census, table: Ptr, name: string): void {
  if (census.tables.has(table)) census.findings.push(`${name}: page table ${frameName(census.mem, table)} is in two places`);
  census.tables.add(table);
}

const frameName = (mem: PhysMem, page: Ptr): string => hex(pfnOfSlot(mem, (page - mem.pageBase) / struct_page.$words));

function countTable(census: Census, slot: number, name: string, address: number): void {
  const { mem, findings } = census;
  if (slot < 0 || kindOfSlot(mem, slot) !== PTE_TABLE) {
    findings.push(`${name}: the pmd of ${hex(address)} points to what is no page table`);
    return;
  }
  takeTable(census, pageOfSlot(mem, slot), name);
  for (let i = 0; i < PTRS_PER_PTE; i++) {
    const at = frameOfSlot(mem, slot) + 2 * i;
    const lo = mem.words[at]! >>> 0;
    const hi = mem.words[at + 1]! >>> 0;
    if ((lo | hi) === 0) continue;
    if (pte_present(lo)) {
      if ((lo & SPECIAL) !== 0) continue;
      const page = slotOf(mem, pte_pfn(lo, hi));
      if (page < 0) findings.push(`${name}: the pte of ${hex(address + i * PAGE_BYTES)} maps what is no memory`);
      else referencesTo(census, pageOfSlot(mem, page)).ptes++;
    } else {
      const entry = pte_to_swp_entry(lo, hi);
      if (!non_swap_entry(entry)) countSwap(census, swp_offset(entry));
    }
  }
}
