// SPDX-License-Identifier: GPL-2.0-only
/**
 * A table whose entries all belong to one huge page of a file goes, and one entry takes its place if that is wanted. Linux v6.6: mm/khugepaged.c,
 * collapse_pte_mapped_thp(). 1043173eb5eb: mmap_lock for reading will do.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { PTE_TABLE } from '../../../../mmu/frames.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_NR, HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { flush_tlb_mm } from '../../arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { guard, on } from '../../guard.ts';
import { VM_SHARED } from '../../include/linux/mm/vm_flags.ts';
import { mm_dec_nr_ptes, pmd_lock, pmd_page } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { userfaultfd_armed } from '../../include/linux/userfaultfd_k.ts';
import { spin_lock, spin_lock_nested, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { kernelOf, since } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { folio_unlock } from '../filemap/folio_lock.ts';
import { vma_lookup } from '../mmap/find_vma.ts';
import { mmu_notifier_invalidate_range_end, mmu_notifier_invalidate_range_start } from '../mmu_notifier/mmu_notifier.ts';
import { pte_offset_map_lock, pte_offset_map_nolock, pte_unmap, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { folio_put } from '../swap/put_page.ts';
import { find_pmd_or_thp_or_none } from './find_pmd.ts';
import { check_pte, forget_ptes, lock_huge_page_of, unmap_pte } from './pte_of_huge_page.ts';
import { remove_table_6_5 } from './remove_table_6_5.ts';
import { SCAN_FAIL, SCAN_PMD_NONE, SCAN_SUCCEED } from './scan_result.ts';
import { set_huge_pmd } from './set_huge_pmd.ts';

export const thp_second_pass = guard(
  'pte-mapped-second-check',
  'entries are checked again before they are cleared, since the lock was dropped',
  'mm/khugepaged.c',
);
export const thp_uffd_pml = guard(
  'pte-mapped-uffd-pml',
  'the pmd lock is held from before the entries are cleared, where UFFDIO_COPY may put private pages in',
  'mm/khugepaged.c',
);

/** mmap_lock is held: for reading at least, up to v6.5 for writing. @returns a result code */
export function* collapse_pte_mapped_thp(c: Vcpu, mm: Ptr, addr: number, install_pmd: boolean): Code<number> {
  const haddr = addr - (addr % HPAGE_PMD_SIZE);
  const vma = vma_lookup(c, mm, haddr);
  const locked = yield* lock_huge_page_of(c, mm, vma, haddr);
  if (locked !== SCAN_SUCCEED) return locked;
  const hpage = c.out as Ptr;
  let result = yield* find_pmd_or_thp_or_none(c, mm, haddr);
  const pmd = c.out as Ptr;
  if (result === SCAN_SUCCEED)
    result = since(c, '1043173eb5eb')
      ? yield* remove_table(c, mm, vma, haddr, pmd, hpage)
      : yield* remove_table_6_5(c, mm, vma, haddr, pmd, hpage);
  else if (result === SCAN_PMD_NONE) result = SCAN_SUCCEED; // the table has gone already
  if (result === SCAN_SUCCEED && install_pmd) result = yield* set_huge_pmd(c, vma, haddr, pmd, hpage);
  yield* folio_unlock(c, hpage);
  yield* folio_put(c, hpage);
  return result;
}

/** @returns a result code; on SCAN_SUCCEED there is no table any more */
function* remove_table(c: Vcpu, mm: Ptr, vma: Ptr, haddr: number, pmd: Ptr, hpage: Ptr): Code<number> {
  const checked = yield* check_table(c, mm, vma, haddr, pmd, hpage);
  if (checked !== SCAN_SUCCEED) return checked;
  yield* mmu_notifier_invalidate_range_start(c, mm, haddr, haddr + HPAGE_PMD_SIZE);
  const result = yield* clear_and_unhook(c, mm, vma, haddr, pmd, hpage);
  yield* mmu_notifier_invalidate_range_end(c, mm, haddr, haddr + HPAGE_PMD_SIZE);
  if (result !== SCAN_SUCCEED) return result;
  const slot = c.out;
  yield* mm_dec_nr_ptes(c, mm);
  yield* kernelOf(c).fns.pte_free_defer(c, slot);
  return SCAN_SUCCEED;
}

/** First pass: is there nothing but pages of the huge one? */
function* check_table(c: Vcpu, mm: Ptr, vma: Ptr, haddr: number, pmd: Ptr, hpage: Ptr): Code<number> {
  const pte = yield* pte_offset_map_lock(c, mm, pmd, haddr);
  if (pte === NULL) return SCAN_FAIL; // mmap_lock and page lock should prevent it
  const ptl = c.out as Ptr;
  let result = SCAN_SUCCEED;
  for (let i = 0; i < HPAGE_PMD_NR && result === SCAN_SUCCEED; i++) {
    result = yield* check_pte(c, vma, haddr, at(pte, 2 * i), hpage, i);
  }
  yield* pte_unmap_unlock(c, ptl);
  return result;
}

/** Second pass, then the table. @returns a result code; on SCAN_SUCCEED the slot of the table's frame is in c.out */
function* clear_and_unhook(c: Vcpu, mm: Ptr, vma: Ptr, haddr: number, pmd: Ptr, hpage: Ptr): Code<number> {
  // UFFDIO_COPY to a private VMA puts a page in under ptl alone, without a look at the page cache: ptl must not be dropped before the table has gone.
  const shared = (peek(c, at(vma, vm_area_struct.vm_flags)) & VM_SHARED) !== 0;
  const early = userfaultfd_armed(c, vma) && !shared && on(c, thp_uffd_pml);
  let pml = early ? yield* pmd_lock(c, mm, pmd) : NULL;
  const pte = yield* pte_offset_map_nolock(c, mm, pmd, haddr);
  const ptl = c.out as Ptr;
  if (pte === NULL) {
    if (early) yield* spin_unlock(c, pml);
    return SCAN_FAIL;
  }
  if (!early) yield* spin_lock(c, ptl);
  else if (ptl !== pml) yield* spin_lock_nested(c, ptl, 1);
  const result = yield* clear_table(c, mm, vma, haddr, pte, hpage);
  if (result !== SCAN_SUCCEED) {
    yield* pte_unmap_unlock(c, ptl);
    if (early && pml !== ptl) yield* spin_unlock(c, pml);
    return result;
  }
  yield* pte_unmap(c);
  if (!early) {
    yield* spin_unlock(c, ptl);
    pml = yield* pmd_lock(c, mm, pmd);
    if (ptl !== pml) yield* spin_lock_nested(c, ptl, 1);
  }
  const slot = yield* unhook(c, vma, haddr, pmd);
  if (ptl !== pml) yield* spin_unlock(c, ptl);
  yield* spin_unlock(c, pml);
  c.out = slot;
  return SCAN_SUCCEED;
}

/** The page lock stops new entries of the huge page; not private copies that replace some, nor swapping. */
function* clear_table(c: Vcpu, mm: Ptr, vma: Ptr, haddr: number, pte: Ptr, hpage: Ptr): Code<number> {
  let nr_ptes = 0;
  let result = SCAN_SUCCEED;
  for (let i = 0; i < HPAGE_PMD_NR && result === SCAN_SUCCEED; i++) {
    if (on(c, thp_second_pass)) result = yield* check_pte(c, vma, haddr, at(pte, 2 * i), hpage, i);
    if (result === SCAN_SUCCEED && (yield* unmap_pte(c, mm, vma, haddr, at(pte, 2 * i), i))) nr_ptes++;
  }
  if (result !== SCAN_SUCCEED && nr_ptes > 0) yield* flush_tlb_mm(c, mm); // otherwise pmdp_collapse_flush() does it
  if (nr_ptes > 0) yield* forget_ptes(c, mm, hpage, nr_ptes);
  return result;
}

/** Under both locks. @returns the slot of the table's frame */
function* unhook(c: Vcpu, vma: Ptr, haddr: number, pmd: Ptr): Code<number> {
  const { fns } = kernelOf(c);
  const lo = yield* fns.pmdp_collapse_flush(c, vma, haddr, pmd);
  const hi = c.hi;
  yield* fns.pmdp_get_lockless_sync(c);
  return pmd_page(c, lo, hi, PTE_TABLE, 'is freed as a page table');
}
