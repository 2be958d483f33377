// SPDX-License-Identifier: GPL-2.0-only
/**
 * MADV_COLD and MADV_PAGEOUT: pages that only this process maps are put at the end of the queue, or reclaimed at once.
 * Linux v6.6: mm/madvise.c, madvise_cold(), madvise_pageout(), madvise_cold_or_pageout_pte_range().
 * left out: files of other users, which may be made cold but not paged out.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_huge_page } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { pmd_val, ptep_get_and_clear_full, set_pmd_at, set_pte_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pmd_mkold, pmd_none, pmd_trans_huge, pmd_young, pte_mkold, pte_present, pte_young } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_SIZE, PAGE_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import {
  type mmu_gather,
  tlb_change_page_size,
  tlb_end_vma,
  tlb_remove_pmd_tlb_entry,
  tlb_remove_tlb_entry,
  tlb_start_vma,
} from '../../include/asm-generic/tlb.ts';
import { page_folio } from '../../include/linux/mm/page.ts';
import { VM_HUGETLB, VM_LOCKED, VM_PFNMAP } from '../../include/linux/mm/vm_flags.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { get_page, page_mapcount } from '../../include/linux/page_ref.ts';
import { ClearPageReferenced, PageLRU, PageTransCompound, PageUnevictable } from '../../include/linux/page-flags.ts';
import { pmd_addr_end } from '../../include/linux/pgtable/pmd_addr_end.ts';
import { pmdp_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { EINVAL } from '../../include/uapi/asm-generic/errno.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';
import { cond_resched } from '../../kernel/sched/might_sleep.ts';
import { at } from '../../struct.ts';
import { folio_lock, folio_unlock } from '../filemap/folio_lock.ts';
import { is_huge_zero_pmd } from '../huge_memory/huge_zero_page.ts';
import { pmd_trans_huge_lock } from '../huge_memory/pmd_trans_huge_lock.ts';
import { split_folio } from '../huge_memory/split_huge_page.ts';
import { vm_normal_page } from '../memory/vm_normal_page.ts';
import { tlb_finish_mmu, tlb_gather_mmu } from '../mmu_gather/tlb_gather_mmu.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { pmdp_invalidate } from '../pgtable-generic/ptep_clear_flush.ts';
import { flush_tlb_batched_pending } from '../rmap/try_to_unmap_flush.ts';
import { deactivate_page } from '../swap/deactivate_page.ts';
import { lru_add_drain } from '../swap/lru_add_drain.ts';
import { put_page } from '../swap/put_page.ts';
import { isolate_lru_page, putback_lru_page } from '../vmscan/isolate_lru_page.ts';
import { reclaim_pages } from '../vmscan/reclaim_pages.ts';
import { split_large } from './split_large.ts';

/** mmap_lock is held for reading. @returns 0 or -EINVAL */
export function* madvise_cold_or_pageout(c: Vcpu, vma: Ptr, start: number, end: number, pageout: boolean): Code<number> {
  if ((peek(c, at(vma, vm_area_struct.vm_flags)) & (VM_LOCKED | VM_PFNMAP | VM_HUGETLB)) !== 0) return -EINVAL;
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  yield* lru_add_drain(c);
  const tlb = yield* tlb_gather_mmu(c, mm);
  tlb_start_vma(c, tlb, vma);
  for (let addr = start; addr < end; addr = pmd_addr_end(addr, end)) {
    const pmd = mm_find_pmd(c, mm, addr);
    if (pmd === NULL || pmd_none(yield* pmdp_get_lockless(c, pmd))) continue;
    const list: Ptr[] = [];
    const next = pmd_addr_end(addr, end);
    const huge = pmd_trans_huge(yield* pmdp_get_lockless(c, pmd));
    if (!huge || !(yield* huge_range(c, tlb, vma, pmd, addr, next, pageout, list)))
      yield* pte_range(c, tlb, vma, pmd, addr, next, pageout, list);
    if (pageout) yield* reclaim_pages(c, list);
    yield* cond_resched(c);
  }
  tlb_end_vma(c, tlb, vma);
  yield* tlb_finish_mmu(c, tlb);
  return 0;
}

/** Nobody has used the page; where it is to go, it goes on the list. The page-table lock is held. */
function* age(c: Vcpu, page: Ptr, pageout: boolean, list: Ptr[]): Code {
  yield* ClearPageReferenced(c, page);
  if (!pageout) yield* deactivate_page(c, page);
  else if (yield* isolate_lru_page(c, page)) {
    if (yield* PageUnevictable(c, page)) yield* putback_lru_page(c, page);
    else list.unshift(page);
  }
}

/** @returns false: the huge page was split, and its pages are to be looked at */
function* huge_range(
  c: Vcpu,
  tlb: mmu_gather,
  vma: Ptr,
  pmd: Ptr,
  addr: number,
  next: number,
  pageout: boolean,
  list: Ptr[],
): Code<boolean> {
  tlb_change_page_size(c, tlb, HPAGE_PMD_SIZE);
  const ptl = yield* pmd_trans_huge_lock(c, pmd, vma);
  if (ptl === NULL) return true;
  const lo = pmd_val(c, pmd);
  const { hi } = c;
  const page = is_huge_zero_pmd(c, lo, hi) ? NULL : pmd_huge_page(c, lo, hi);
  if (page === NULL || (yield* page_mapcount(c, page)) !== 1) {
    yield* spin_unlock(c, ptl);
    return true;
  }
  if (next - addr !== HPAGE_PMD_SIZE) {
    yield* get_page(c, page);
    yield* spin_unlock(c, ptl);
    yield* folio_lock(c, page);
    const err = yield* split_folio(c, page);
    yield* folio_unlock(c, page);
    yield* put_page(c, page);
    return err !== 0;
  }
  if (pmd_young(lo)) {
    const oldLo = yield* pmdp_invalidate(c, vma, addr, pmd);
    yield* set_pmd_at(c, tlb.mm, addr, pmd, pmd_mkold(oldLo), c.hi);
    tlb_remove_pmd_tlb_entry(c, tlb, pmd, addr);
  }
  yield* age(c, page, pageout, list);
  yield* spin_unlock(c, ptl);
  return true;
}

function* pte_range(c: Vcpu, tlb: mmu_gather, vma: Ptr, pmd: Ptr, start: number, end: number, pageout: boolean, list: Ptr[]): Code {
  const { mm } = tlb;
  tlb_change_page_size(c, tlb, PAGE_SIZE);
  let pte = yield* pte_offset_map_lock(c, mm, pmd, start);
  if (pte === NULL) return;
  let ptl = c.out as Ptr;
  yield* flush_tlb_batched_pending(c, mm);
  let addr = start;
  while (addr < end) {
    const lo = yield* ptep_get(c, pte);
    const { hi } = c;
    const page = pte_present(lo) ? vm_normal_page(c, vma, addr, lo, hi) : NULL;
    if (page !== NULL && (yield* PageTransCompound(c, page))) {
      if ((yield* page_mapcount(c, page)) !== 1) break; // shared: worth no split
      const split = yield* split_large(c, yield* page_folio(c, page), ptl);
      pte = yield* pte_offset_map_lock(c, mm, pmd, addr);
      if (pte === NULL) return;
      ptl = c.out as Ptr;
      if (!split) break;
      continue; // the same entry again
    }
    if (page !== NULL && (yield* PageLRU(c, page)) && (yield* page_mapcount(c, page)) === 1) {
      if (pte_young(lo)) {
        const oldLo = yield* ptep_get_and_clear_full(c, mm, addr, pte, tlb.fullmm);
        yield* set_pte_at(c, mm, addr, pte, pte_mkold(oldLo), c.hi);
        tlb_remove_tlb_entry(c, tlb, pte, addr, oldLo);
      }
      yield* age(c, page, pageout, list);
    }
    addr += PAGE_SIZE;
    pte = at(pte, 2);
  }
  yield* pte_unmap_unlock(c, ptl);
}
