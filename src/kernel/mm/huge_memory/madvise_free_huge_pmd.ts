// SPDX-License-Identifier: GPL-2.0-only
/**
 * MADV_FREE of a huge page: it may be dropped instead of being swapped, unless it is written to again. Linux v6.6: mm/huge_memory.c,
 * madvise_free_huge_pmd().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { set_pmd_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pmd_dirty, pmd_mkclean, pmd_mkold, pmd_pfn, pmd_young } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { type mmu_gather, tlb_change_page_size, tlb_remove_pmd_tlb_entry } from '../../include/asm-generic/tlb.ts';
import { pfn_to_page } from '../../include/linux/mm/page.ts';
import { folio_get, folio_mapcount } from '../../include/linux/page_ref.ts';
import { ClearPageDirty, PageDirty } from '../../include/linux/page-flags.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { folio_trylock, folio_unlock } from '../filemap/folio_lock.ts';
import { pmdp_invalidate } from '../pgtable-generic/ptep_clear_flush.ts';
import { folio_mark_lazyfree } from '../swap/deactivate_page.ts';
import { folio_put } from '../swap/put_page.ts';
import { is_huge_zero_pmd } from './huge_zero_page.ts';
import { pmd_trans_huge_lock } from './pmd_trans_huge_lock.ts';
import { split_folio } from './split_huge_page.ts';

/** @returns whether it was done for the whole; otherwise the page may have been split */
export function* madvise_free_huge_pmd(c: Vcpu, tlb: mmu_gather, vma: Ptr, pmd: Ptr, addr: number, next: number): Code<boolean> {
  tlb_change_page_size(c, tlb, HPAGE_PMD_SIZE);
  const ptl = yield* pmd_trans_huge_lock(c, pmd, vma);
  if (ptl === NULL) return false;
  const lo = peek(c, pmd);
  const hi = peek(c, at(pmd, 1));
  const folio = pfn_to_page(c, pmd_pfn(lo, hi));
  // Somebody else has it mapped, or works on it: then nothing is done.
  const mine = !is_huge_zero_pmd(c, lo, hi) && (yield* folio_mapcount(c, folio)) === 1 && (yield* folio_trylock(c, folio));
  if (!mine) {
    yield* spin_unlock(c, ptl);
    return false;
  }
  if (next - addr !== HPAGE_PMD_SIZE) {
    yield* folio_get(c, folio);
    yield* spin_unlock(c, ptl);
    yield* split_folio(c, folio);
    yield* folio_unlock(c, folio);
    yield* folio_put(c, folio);
    return false;
  }
  if (yield* PageDirty(c, folio)) yield* ClearPageDirty(c, folio);
  yield* folio_unlock(c, folio);
  if (pmd_young(lo) || pmd_dirty(lo)) {
    yield* pmdp_invalidate(c, vma, addr, pmd);
    yield* set_pmd_at(c, tlb.mm, addr, pmd, pmd_mkclean(pmd_mkold(lo)), hi);
    tlb_remove_pmd_tlb_entry(c, tlb, pmd, addr);
  }
  yield* folio_mark_lazyfree(c, folio);
  yield* spin_unlock(c, ptl);
  return true;
}
