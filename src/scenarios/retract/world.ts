// SPDX-License-Identifier: GPL-2.0-only
/**
 * The starting state that the retract scenarios share: a process P that maps 2 MiB of a file through one page table A, whose ptes are gone
 * (collapse has unmapped them); a process Q; and the frames in which the next page table may come to lie.
 */

import { poke } from '../../../cpu/ops.ts';
import type { Vcpu } from '../../../cpu/vcpu.ts';
import { USER } from '../../../mmu/access.ts';
import { entryPfn, PRESENT, pfnHigh, pfnLow } from '../../../mmu/entry.ts';
import { ANON, FILE, KERNEL, kindOfSlot, PMD_TABLE, PTE_TABLE, setFrame } from '../../../mmu/frames.ts';
import { backFrame, frameOfSlot, pfnOfSlot } from '../../../mmu/phys-mem.ts';
import { Probe } from '../../../mmu/probe.ts';
import type { Pfn, Ptr } from '../../../mmu/types.ts';
import { _PAGE_PSE, _PAGE_TABLE } from '../../kernel/arch/x86/include/asm/pgtable_types.ts';
import { address_space, mm_struct, vm_area_struct } from '../../kernel/include/linux/mm_types.ts';
import { type Kernel, newObject } from '../../kernel/kernel.ts';
import { vma_interval_tree_insert } from '../../kernel/mm/interval_tree/i_mmap.ts';
import { boot_folio_locked } from '../../kernel/mm/memory/do_cow_fault.ts';
import { at } from '../../kernel/struct.ts';
import type { Config, EndCheck } from '../scenario.ts';

/** Where P maps the file. */
export const ADDRESS = 0x40000000;
/** Frame within a 4 GiB window that page tables lie at, and the one beside it for a second table where there is one window. */
const TABLE = 0x12345;
const SPARE = 0x12346;
const FRAMES_IN_WINDOW = 0x100000;
/** The anonymous page that a refault brings, and the huge page of the file. */
export const ANON_PAGE = 0x00777 as Pfn;
export const HPAGE = 0x20000 as Pfn;

export interface World {
  k: Kernel;
  p: Ptr;
  q: Ptr;
  mapping: Ptr;
  vma: Ptr;
  /** Address of the pmd under study. */
  pmd: Ptr;
  probe: Probe;
}

/**
 * Frame of the table A, in window `start`, and the frames that the next one may get: the same place of the other windows, or, where there is
 * only one, the place beside A. (Beside A in one of several windows would be the same study again: the low words differ.)
 */
export function tableFrames(config: Config, start: number): Pfn[] {
  if (config.highpte === 'n' || config.windows === '1') return [TABLE, SPARE] as Pfn[];
  // Windows other than the first are interchangeable: beside A in window 0 one of them stands for all.
  const windows = start === 0 ? 2 : Number(config.windows);
  const others = Array.from({ length: windows }, (_, w) => w).filter((w) => w !== start);
  return [start, ...others].map((w) => w * FRAMES_IN_WINDOW + TABLE) as Pfn[];
}

export function buildWorld(c: Vcpu, k: Kernel, config: Config, start: number): World {
  const p = newMm(c, k, 'P', 0x1000 as Pfn);
  const q = newMm(c, k, 'Q', 0x1010 as Pfn);
  const mapping = newObject(k, address_space, 'mapping');
  const vma = newObject(k, vm_area_struct, 'vma');
  poke(c, at(vma, vm_area_struct.vm_start), ADDRESS);
  poke(c, at(vma, vm_area_struct.vm_end), ADDRESS + 0x200000);
  poke(c, at(vma, vm_area_struct.vm_mm), p);
  poke(c, at(vma, vm_area_struct.vm_file), mapping);
  poke(c, at(mapping, address_space.hpage), HPAGE);
  vma_interval_tree_insert(c, mapping, vma);
  const { mem } = k.m;
  setFrame(mem, backFrame(mem, ANON_PAGE), ANON, p, ADDRESS);
  setFrame(mem, backFrame(mem, HPAGE), FILE, mapping, 0);
  boot_folio_locked(c, HPAGE);
  const frames = tableFrames(config, start);
  for (const pfn of frames) backFrame(mem, pfn); // there from the start: what a torn pair points to is the same in every execution
  const a = frames[0]!;
  setFrame(mem, backFrame(mem, a), PTE_TABLE, p, ADDRESS);
  const pmd = at(frameOfSlot(mem, backFrame(mem, 0x1001 as Pfn)), ((ADDRESS >>> 21) & 511) * 2);
  poke(c, pmd, pfnLow(a) | _PAGE_TABLE);
  poke(c, at(pmd, 1), pfnHigh(a));
  poke(c, at(p, mm_struct.pgtables_bytes), 4096);
  return { k, p, q, mapping, vma, pmd, probe: new Probe(k.m.mem) };
}

/** An mm with a page of PDPTEs and, behind it, the page directory of the gigabyte under study. */
function newMm(c: Vcpu, k: Kernel, label: string, pgd: Pfn): Ptr {
  const { mem } = k.m;
  const mm = newObject(k, mm_struct, label);
  const directory = (pgd + 1) as Pfn;
  setFrame(mem, backFrame(mem, pgd), KERNEL, mm, 0);
  setFrame(mem, backFrame(mem, directory), PMD_TABLE, mm, ADDRESS);
  poke(c, at(frameOfSlot(mem, backFrame(mem, pgd)), (ADDRESS >>> 30) * 2), pfnLow(directory) | PRESENT);
  poke(c, at(mm, mm_struct.pgd), pgd);
  poke(c, at(mm, mm_struct.mm_users), 1);
  poke(c, at(mm, mm_struct.ctx_id), pgd);
  return mm;
}

/** What must be true of P's page tables when all is over. */
export function tableChecks(w: World): EndCheck[] {
  const { mem } = w.k.m;
  const tables = (): number => {
    let n = 0;
    for (let slot = 0; slot < mem.frames; slot++) if (kindOfSlot(mem, slot) === PTE_TABLE) n++;
    return n;
  };
  const hooked = (): boolean => (mem.words[w.pmd]! & (PRESENT | _PAGE_PSE)) === PRESENT;
  return [
    {
      kind: 'lost-table',
      name: 'nr_ptes counts the tables that are hooked',
      fails: () => {
        const bytes = mem.words[w.p + mm_struct.pgtables_bytes]!;
        return bytes === (hooked() ? 4096 : 0)
          ? null
          : `BUG: non-zero pgtables_bytes: ${bytes}, with ${hooked() ? 'one table' : 'no table'} hooked`;
      },
    },
    {
      kind: 'lost-table',
      name: 'every page table in use is hooked',
      fails: () =>
        tables() <= (hooked() ? 1 : 0) ? null : `${tables()} page tables of P are in use, ${hooked() ? 'one' : 'none'} is hooked`,
    },
    {
      kind: 'lost-table',
      name: 'the hooked frame is a page table',
      fails: () => {
        if (!hooked()) return null;
        const slot = backFrame(mem, entryPfn(mem.words[w.pmd]!, mem.words[w.pmd + 1]!));
        return kindOfSlot(mem, slot) === PTE_TABLE
          ? null
          : `the pmd points to frame 0x${pfnOfSlot(mem, slot).toString(16)}, which is no page table`;
      },
    },
  ];
}

/** Does P's own page walk find the page at ADDRESS? */
export function finds(w: World, page: Pfn): boolean {
  const { mem } = w.k.m;
  const pgd = frameOfSlot(mem, backFrame(mem, mem.words[w.p + mm_struct.pgd]! as Pfn));
  return w.probe.pageAt(pgd, ADDRESS, USER) === page;
}
