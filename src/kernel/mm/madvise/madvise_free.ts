// SPDX-License-Identifier: GPL-2.0-only
/**
 * MADV_FREE: pages that may be dropped instead of swapped out, until they are written again. Linux v6.6: mm/madvise.c,
 * madvise_free_single_vma(), madvise_free_pte_range().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pte_clear_not_present_full, ptep_get_and_clear_full, set_pte_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import {
  pmd_none,
  pmd_trans_huge,
  pte_dirty,
  pte_mkclean,
  pte_mkold,
  pte_none,
  pte_present,
  pte_young,
} from '../../arch/x86/include/asm/pgtable.ts';
import { PAGE_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { type mmu_gather, tlb_change_page_size, tlb_end_vma, tlb_remove_tlb_entry, tlb_start_vma } from '../../include/asm-generic/tlb.ts';
import { add_mm_counter } from '../../include/linux/mm/mm_counter.ts';
import { page_folio } from '../../include/linux/mm/page.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { MM_SWAPENTS, vm_area_struct } from '../../include/linux/mm_types.ts';
import { folio_mapcount, page_mapcount } from '../../include/linux/page_ref.ts';
import { ClearPageDirty, PageDirty, PageSwapCache, PageTransCompound } from '../../include/linux/page-flags.ts';
import { pmd_addr_end } from '../../include/linux/pgtable/pmd_addr_end.ts';
import { pmdp_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { is_hwpoison_entry, non_swap_entry, pte_to_swp_entry } from '../../include/linux/swapops.ts';
import { EINVAL } from '../../include/uapi/asm-generic/errno.ts';
import { cond_resched } from '../../kernel/sched/might_sleep.ts';
import { at } from '../../struct.ts';
import { folio_trylock, folio_unlock } from '../filemap/folio_lock.ts';
import { madvise_free_huge_pmd } from '../huge_memory/madvise_free_huge_pmd.ts';
import { vm_normal_page } from '../memory/vm_normal_page.ts';
import { vma_is_anonymous } from '../mmap/find_vma.ts';
import { tlb_finish_mmu, tlb_gather_mmu } from '../mmu_gather/tlb_gather_mmu.ts';
import { mmu_notifier_invalidate_range_end, mmu_notifier_invalidate_range_start } from '../mmu_notifier/mmu_notifier.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { flush_tlb_batched_pending } from '../rmap/try_to_unmap_flush.ts';
import { mark_page_lazyfree } from '../swap/deactivate_page.ts';
import { lru_add_drain } from '../swap/lru_add_drain.ts';
import { folio_free_swap, free_swap_and_cache } from '../swapfile/free_swap_and_cache.ts';
import { split_large } from './split_large.ts';

/** mmap_lock is held for reading. @returns 0, or -EINVAL for a file's pages */
export function* madvise_free_single_vma(c: Vcpu, vma: Ptr, start: number, end: number): Code<number> {
  if (!vma_is_anonymous(c, vma)) return -EINVAL;
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  yield* lru_add_drain(c);
  const tlb = yield* tlb_gather_mmu(c, mm);
  yield* mmu_notifier_invalidate_range_start(c, mm, start, end);
  tlb_start_vma(c, tlb, vma);
  for (let addr = start; addr < end; addr = pmd_addr_end(addr, end)) {
    const pmd = mm_find_pmd(c, mm, addr);
    const pmdval = pmd === NULL ? 0 : yield* pmdp_get_lockless(c, pmd);
    if (pmd_none(pmdval)) continue;
    const next = pmd_addr_end(addr, end);
    if (!pmd_trans_huge(pmdval) || !(yield* madvise_free_huge_pmd(c, tlb, vma, pmd, addr, next)))
      yield* free_pte_range(c, tlb, vma, pmd, addr, next);
  }
  tlb_end_vma(c, tlb, vma);
  yield* mmu_notifier_invalidate_range_end(c, mm, start, end);
  yield* tlb_finish_mmu(c, tlb);
  return 0;
}

function* free_pte_range(c: Vcpu, tlb: mmu_gather, vma: Ptr, pmd: Ptr, start: number, end: number): Code {
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
    if (!pte_present(lo)) {
      if (!pte_none(lo, hi)) yield* free_swap_pte(c, tlb, addr, pte, lo, hi);
    } else {
      const page = vm_normal_page(c, vma, addr, lo, hi);
      if (page !== NULL && (yield* PageTransCompound(c, page))) {
        if ((yield* page_mapcount(c, page)) !== 1) break; // shared
        const split = yield* split_large(c, yield* page_folio(c, page), ptl);
        pte = yield* pte_offset_map_lock(c, mm, pmd, addr);
        if (pte === NULL) return;
        ptl = c.out as Ptr;
        if (!split) break;
        continue; // the same entry again
      }
      if (page !== NULL && (yield* make_clean(c, page))) {
        if (pte_young(lo) || pte_dirty(lo)) {
          const oldLo = yield* ptep_get_and_clear_full(c, mm, addr, pte, tlb.fullmm);
          yield* set_pte_at(c, mm, addr, pte, pte_mkclean(pte_mkold(oldLo)), c.hi);
          tlb_remove_tlb_entry(c, tlb, pte, addr, oldLo);
        }
        yield* mark_page_lazyfree(c, page);
      }
    }
    addr += PAGE_SIZE;
    pte = at(pte, 2);
  }
  yield* pte_unmap_unlock(c, ptl);
  yield* cond_resched(c);
}

/** To clear the entry is cheaper than to read the page. */
function* free_swap_pte(c: Vcpu, tlb: mmu_gather, addr: number, pte: Ptr, lo: number, hi: number): Code {
  const entry = pte_to_swp_entry(lo, hi);
  if (!non_swap_entry(entry)) {
    yield* free_swap_and_cache(c, entry);
    add_mm_counter(c, tlb.mm, MM_SWAPENTS, -1);
  } else if (!is_hwpoison_entry(entry)) return;
  yield* pte_clear_not_present_full(c, tlb.mm, addr, pte);
}

/** Its contents are to be lost if nothing writes to it again. @returns false: others use it too, or somebody has it locked */
function* make_clean(c: Vcpu, page: Ptr): Code<boolean> {
  const swapcache = yield* PageSwapCache(c, page);
  if (!swapcache && !(yield* PageDirty(c, page))) return true;
  if (!(yield* folio_trylock(c, page))) return false;
  const mine = (yield* folio_mapcount(c, page)) === 1;
  const ok = mine && (!(yield* PageSwapCache(c, page)) || (yield* folio_free_swap(c, page)));
  if (ok) yield* ClearPageDirty(c, page);
  yield* folio_unlock(c, page);
  return ok;
}
