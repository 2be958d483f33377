// SPDX-License-Identifier: GPL-2.0-only
/**
 * Takes a folio out of the page table of one VMA. Linux v6.6: mm/rmap.c, try_to_unmap_one().
 *
 * An anonymous page leaves its swap entry in the pte, or nothing if it is clean and MADV_FREE gave it up; a page of a file leaves nothing.
 * left out: hugetlb, KSM, entries of poisoned pages (TTU_HWPOISON), userfaultfd's marks on file pages.
 */
import { peek } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { ptep_get_and_clear, set_pte_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pte_dirty, pte_pfn, pte_swp_mkexclusive } from '../../arch/x86/include/asm/pgtable.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { dec_mm_counter, inc_mm_counter, mm_counter_file } from '../../include/linux/mm/mm_counter.ts';
import { compound_order, folio_nr_pages, page_to_pfn, pfn_to_page } from '../../include/linux/mm/page.ts';
import { VM_LOCKED } from '../../include/linux/mm/vm_flags.ts';
import { MM_ANONPAGES, MM_SWAPENTS, page as struct_page, vm_area_struct } from '../../include/linux/mm_types.ts';
import { folio_mapcount, folio_ref_count } from '../../include/linux/page_ref.ts';
import {
  PageAnon,
  PageAnonExclusive,
  PageDirty,
  PageSwapBacked,
  PageSwapCache,
  SetPageSwapBacked,
} from '../../include/linux/page-flags.ts';
import { page_try_share_anon_rmap } from '../../include/linux/rmap/page_dup_rmap.ts';
import { new_page_vma_mapped_walk, PVMW_SYNC, TTU_IGNORE_MLOCK, TTU_SPLIT_HUGE_PMD, TTU_SYNC } from '../../include/linux/rmap.ts';
import { swp_entry_to_pte } from '../../include/linux/swapops.ts';
import { at } from '../../struct.ts';
import { split_huge_pmd_address } from '../huge_memory/__split_huge_pmd.ts';
import { vma_address_end } from '../internal/vma_address.ts';
import { mlock_drain_local, mlock_vma_folio } from '../mlock/mlock_folio.ts';
import { mmu_notifier_invalidate_range_end, mmu_notifier_invalidate_range_start } from '../mmu_notifier/mmu_notifier.ts';
import { page_vma_mapped_walk, page_vma_mapped_walk_done } from '../page_vma_mapped/page_vma_mapped_walk.ts';
import { folio_mark_dirty } from '../page-writeback/folio_mark_dirty.ts';
import { ptep_clear_flush } from '../pgtable-generic/ptep_clear_flush.ts';
import { folio_put } from '../swap/put_page.ts';
import { swap_duplicate, swap_free } from '../swapfile/swap_map.ts';
import { page_remove_rmap } from './page_remove_rmap.ts';
import { set_tlb_ubc_flush_pending, should_defer_flush } from './try_to_unmap_flush.ts';

/** @returns false if the folio cannot be unmapped, and the walk need not go on */
export function* try_to_unmap_one(c: Vcpu, folio: Ptr, vma: Ptr, address: number, flags: number): Code<boolean> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const pgoff = peek(c, at(folio, struct_page.index));
  const sync = (flags & TTU_SYNC) !== 0 ? PVMW_SYNC : 0;
  const pvmw = new_page_vma_mapped_walk(page_to_pfn(c, folio), folio_nr_pages(c, folio), pgoff, vma, address, sync);
  if ((flags & TTU_SPLIT_HUGE_PMD) !== 0) yield* split_huge_pmd_address(c, vma, address, false, folio);
  const end = vma_address_end(c, pvmw);
  yield* mmu_notifier_invalidate_range_start(c, mm, address, end);
  let ret = true;
  while (ret && (yield* page_vma_mapped_walk(c, pvmw))) {
    if (pvmw.pte === NULL) violate(c, 'check', 'VM_BUG_ON_FOLIO: try_to_unmap() of a folio that is mapped by a pmd');
    const locked = (peek(c, at(vma, vm_area_struct.vm_flags)) & VM_LOCKED) !== 0;
    if (locked && (flags & TTU_IGNORE_MLOCK) === 0) {
      // The mlock of a huge page that was split is made good here.
      if (compound_order(c, folio) === 0) yield* mlock_vma_folio(c, folio, vma, false);
      ret = false;
    } else {
      const lo = yield* ptep_get(c, pvmw.pte);
      const page = pfn_to_page(c, pte_pfn(lo, c.hi));
      ret = yield* unmap_pte(c, folio, page, vma, mm, pvmw.address, pvmw.pte, flags);
      if (ret) {
        yield* page_remove_rmap(c, page, vma, false);
        if (locked) yield* mlock_drain_local(c);
        yield* folio_put(c, folio);
      }
    }
    if (!ret) yield* page_vma_mapped_walk_done(c, pvmw);
  }
  yield* mmu_notifier_invalidate_range_end(c, mm, address, end);
  return ret;
}

/** The entry goes: its table is locked. @returns false if it had to be put back */
function* unmap_pte(c: Vcpu, folio: Ptr, page: Ptr, vma: Ptr, mm: Ptr, address: number, pte: Ptr, flags: number): Code<boolean> {
  const anon = PageAnon(c, folio);
  const anon_exclusive = anon && (yield* PageAnonExclusive(c, page));
  const lo = yield* clear_pte(c, vma, mm, address, pte, flags);
  const { hi } = c;
  if (pte_dirty(lo)) yield* folio_mark_dirty(c, folio);
  if (!anon) {
    dec_mm_counter(c, mm, yield* mm_counter_file(c, folio));
    return true;
  }
  const swapbacked = yield* PageSwapBacked(c, folio);
  if (swapbacked !== (yield* PageSwapCache(c, folio))) violate(c, 'check', 'WARN_ON: an anonymous folio is unmapped without a swap entry');
  if (!swapbacked) {
    if (yield* can_discard(c, folio)) {
      dec_mm_counter(c, mm, MM_ANONPAGES);
      return true;
    }
    // It was written to after all.
    yield* set_pte_at(c, mm, address, pte, lo, hi);
    yield* SetPageSwapBacked(c, folio);
    return false;
  }
  const entry = peek(c, at(page, struct_page.private));
  if ((yield* swap_duplicate(c, entry)) < 0) {
    yield* set_pte_at(c, mm, address, pte, lo, hi);
    return false;
  }
  if (anon_exclusive && (yield* page_try_share_anon_rmap(c, page)) !== 0) {
    yield* swap_free(c, entry);
    yield* set_pte_at(c, mm, address, pte, lo, hi);
    return false;
  }
  dec_mm_counter(c, mm, MM_ANONPAGES);
  inc_mm_counter(c, mm, MM_SWAPENTS);
  const swp = swp_entry_to_pte(c, entry);
  yield* set_pte_at(c, mm, address, pte, anon_exclusive ? pte_swp_mkexclusive(swp) : swp, c.hi);
  return true;
}

/** @returns the low word of what was there; the high one is in c.hi */
export function* clear_pte(c: Vcpu, vma: Ptr, mm: Ptr, address: number, pte: Ptr, flags: number): Code<number> {
  if (!(yield* should_defer_flush(c, mm, flags))) return yield* ptep_clear_flush(c, vma, address, pte);
  const lo = yield* ptep_get_and_clear(c, mm, address, pte);
  const { hi } = c;
  yield* set_tlb_ubc_flush_pending(c, mm, pte_dirty(lo));
  c.hi = hi;
  return lo;
}

/**
 * May a page that MADV_FREE gave up go as it is? The only references must be that of who isolated it and those of its mappings. Pairs with
 * gup_fast, which takes a reference and then looks at the pte again, cleared here by a locked operation.
 */
function* can_discard(c: Vcpu, folio: Ptr): Code<boolean> {
  const refs = yield* folio_ref_count(c, folio);
  return refs === 1 + (yield* folio_mapcount(c, folio)) && !(yield* PageDirty(c, folio));
}
