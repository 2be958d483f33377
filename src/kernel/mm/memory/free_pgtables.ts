// SPDX-License-Identifier: GPL-2.0-only
/**
 * Page tables go with the last VMA that needs them. Linux v6.6: mm/memory.c, free_pgtables(), free_pgd_range(), free_pmd_range(), free_pte_range().
 *
 * The VMAs are taken out of the trees of files and anon_vmas first, so that no walk by rmap finds tables that go; mmap_lock keeps all others out, but
 * for gup_fast, which tlb_remove_table() deals with.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mm_dec_nr_pmds, pud_clear } from '../../arch/x86/include/asm/pgalloc.ts';
import { pmd_none, pmd_pfn } from '../../arch/x86/include/asm/pgtable.ts';
import { PAGE_SIZE, PMD_SIZE, PUD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { native_pmd_clear } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { type mmu_gather, tlb_change_page_size } from '../../include/asm-generic/tlb.ts';
import { pfn_to_page } from '../../include/linux/mm/page.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { mm_dec_nr_ptes, mm_find_pmd } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { pgd_addr_end, pmd_addr_end } from '../../include/linux/pgtable/pmd_addr_end.ts';
import { pud_none, pud_offset, pud_page } from '../../include/linux/pgtable/pud_offset.ts';
import { at } from '../../struct.ts';
import { TASK_SIZE } from '../mmap/get_unmapped_area.ts';
import { unlink_file_vma } from '../mmap/vma_link.ts';
import { pmd_free_tlb, pte_free_tlb } from '../mmu_gather/pte_free_tlb.ts';
import { unlink_anon_vmas } from '../rmap/unlink_anon_vmas.ts';

/** @param floor, ceiling addresses between which no other VMA lies; ceiling 0 is the top */
export function* free_pgtables(c: Vcpu, tlb: mmu_gather, vma: Ptr, floor: number, ceiling: number, mm_wr_locked: boolean): Code {
  const top = ceiling === 0 ? TASK_SIZE : ceiling;
  let next = vma;
  while (next !== NULL) {
    const addr = peek(c, at(next, vm_area_struct.vm_start));
    let last = NULL;
    // VMAs that lie close together share tables: one walk for them.
    do {
      last = next;
      if (mm_wr_locked) yield* vma_start_write(c, last);
      yield* unlink_anon_vmas(c, last);
      yield* unlink_file_vma(c, last);
      next = next_below(c, last, top);
    } while (next !== NULL && peek(c, at(next, vm_area_struct.vm_start)) <= peek(c, at(last, vm_area_struct.vm_end)) + PMD_SIZE);
    const end = peek(c, at(last, vm_area_struct.vm_end));
    yield* free_pgd_range(c, tlb, addr, end, floor, next === NULL ? ceiling : peek(c, at(next, vm_area_struct.vm_start)));
  }
}

function next_below(c: Vcpu, vma: Ptr, top: number): Ptr {
  const next = peek(c, at(vma, vm_area_struct.vm_next)) as Ptr;
  return next !== NULL && peek(c, at(next, vm_area_struct.vm_start)) < top ? next : NULL;
}

/** May a table that serves [start, start + size) go: does no VMA below floor or above ceiling use it? */
const lonely = (start: number, size: number, end: number, floor: number, ceiling: number): boolean => {
  const first = start - (start % size);
  if (first < floor) return false;
  if (ceiling === 0) return true;
  const top = ceiling - (ceiling % size);
  return top !== 0 && end <= top;
};

export function* free_pgd_range(c: Vcpu, tlb: mmu_gather, addr: number, end: number, floor: number, ceiling: number): Code {
  let from = addr - (addr % PMD_SIZE);
  if (from < floor) from += PMD_SIZE;
  const top = ceiling - (ceiling % PMD_SIZE);
  if (ceiling !== 0 && top === 0) return;
  const to = ceiling !== 0 && end > top ? end - PMD_SIZE : end;
  if (from >= to) return;
  tlb_change_page_size(c, tlb, PAGE_SIZE);
  for (let next = 0; from < to; from = next) {
    next = pgd_addr_end(from, to);
    if (!pud_none(peek(c, pud_offset(c, tlb.mm, from)))) yield* free_pmd_range(c, tlb, from, next, floor, ceiling);
  }
}

function* free_pmd_range(c: Vcpu, tlb: mmu_gather, addr: number, end: number, floor: number, ceiling: number): Code {
  for (let from = addr; from < end; from = pmd_addr_end(from, end)) {
    const pmd = mm_find_pmd(c, tlb.mm, from);
    const lo = peek(c, pmd);
    if (!pmd_none(lo)) yield* free_pte_range(c, tlb, pmd, lo, peek(c, at(pmd, 1)), from);
  }
  if (!lonely(addr, PUD_SIZE, end, floor, ceiling)) return;
  const pud = pud_offset(c, tlb.mm, addr);
  const table = pud_page(c, peek(c, pud), peek(c, at(pud, 1)));
  yield* pud_clear(c, pud);
  yield* pmd_free_tlb(c, tlb, table, addr);
  yield* mm_dec_nr_pmds(c, tlb.mm);
}

function* free_pte_range(c: Vcpu, tlb: mmu_gather, pmd: Ptr, lo: number, hi: number, addr: number): Code {
  const token = pfn_to_page(c, pmd_pfn(lo, hi)); // pmd_pgtable()
  yield* native_pmd_clear(c, pmd);
  yield* pte_free_tlb(c, tlb, token, addr);
  yield* mm_dec_nr_ptes(c, tlb.mm);
}
