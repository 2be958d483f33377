// SPDX-License-Identifier: GPL-2.0-only
/**
 * From small pages into the huge one. Linux v6.6: mm/khugepaged.c, __collapse_huge_page_copy(), __collapse_huge_page_copy_succeeded(),
 * __collapse_huge_page_copy_failed(). v6.1 copied and released page by page, and could not fail: a poisoned page ended the kernel.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { pmd_populate } from '../../arch/x86/include/asm/pgalloc.ts';
import { pmd_pgtable } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { ptep_get_and_clear } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pte_none, pte_pfn } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_NR } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get_locked } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { clear_user_highpage, copy_mc_user_highpage, copy_user_highpage } from '../../include/linux/highmem.ts';
import { add_mm_counter } from '../../include/linux/mm/mm_counter.ts';
import { compound_head, compound_nr, nth_page, pfn_to_page } from '../../include/linux/mm/page.ts';
import { pmd_lock } from '../../include/linux/mm.ts';
import { MM_ANONPAGES, vm_area_struct } from '../../include/linux/mm_types.ts';
import { is_zero_pfn } from '../../include/linux/pgtable/zero_pfn.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { since } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { folio_unlock } from '../filemap/folio_lock.ts';
import { page_remove_rmap } from '../rmap/page_remove_rmap.ts';
import { free_page_and_swap_cache, free_swap_cache } from '../swap_state/swap_cache_get_folio.ts';
import { folio_putback_lru } from '../vmscan/isolate_lru_page.ts';
import { count_isolated, release_pte_folio, release_pte_pages } from './release_pte_pages.ts';
import { SCAN_COPY_MC, SCAN_SUCCEED } from './scan_result.ts';

/** The table and what it hung on. */
export interface unhooked_table {
  readonly vma: Ptr;
  readonly pmd: Ptr;
  /** Value of the pmd before. */
  readonly origLo: number;
  readonly origHi: number;
  /** First entry, and the lock of the table. */
  readonly pte: Ptr;
  readonly ptl: Ptr;
}

/** On success the small pages are gone; on failure the table hangs where it hung. @returns SCAN_SUCCEED or SCAN_COPY_MC */
export function* __collapse_huge_page_copy(
  c: Vcpu,
  t: unhooked_table,
  page: Ptr,
  address: number,
  compound_pagelist: readonly Ptr[],
): Code<number> {
  for (let i = 0; i < HPAGE_PMD_NR; i++) {
    const failed = yield* copy_one(c, t, at(t.pte, 2 * i), nth_page(c, page, i), address + i * 4096);
    if (!failed) continue;
    yield* __collapse_huge_page_copy_failed(c, t, compound_pagelist);
    return SCAN_COPY_MC;
  }
  yield* __collapse_huge_page_copy_succeeded(c, t, address, compound_pagelist);
  return SCAN_SUCCEED;
}

/** @returns whether the page is poisoned */
function* copy_one(c: Vcpu, t: unhooked_table, pte: Ptr, dst: Ptr, address: number): Code<boolean> {
  const lo = yield* ptep_get_locked(c, pte);
  const hi = c.hi;
  if (pte_none(lo, hi) || is_zero_pfn(c, pte_pfn(lo, hi))) {
    yield* clear_user_highpage(c, dst, address);
    return false;
  }
  const src = pfn_to_page(c, pte_pfn(lo, hi));
  if (since(c, '98c76c9f1ef7')) return (yield* copy_mc_user_highpage(c, dst, src, address, t.vma)) > 0;
  yield* copy_user_highpage(c, dst, src, address, t.vma);
  return false;
}

function* __collapse_huge_page_copy_succeeded(c: Vcpu, t: unhooked_table, address: number, compound_pagelist: readonly Ptr[]): Code {
  for (let i = 0; i < HPAGE_PMD_NR; i++) yield* release_one(c, t, at(t.pte, 2 * i), address + i * 4096);
  for (const folio of compound_pagelist) {
    yield* count_isolated(c, folio, -1);
    yield* folio_unlock(c, folio);
    yield* free_swap_cache(c, folio);
    yield* folio_putback_lru(c, folio);
  }
}

/** The lock is hardly needed: nobody else finds the table any more. */
function* release_one(c: Vcpu, t: unhooked_table, pte: Ptr, address: number): Code {
  const mm = peek(c, at(t.vma, vm_area_struct.vm_mm)) as Ptr;
  const lo = yield* ptep_get_locked(c, pte);
  const hi = c.hi;
  if (pte_none(lo, hi)) {
    add_mm_counter(c, mm, MM_ANONPAGES, 1);
    return;
  }
  if (is_zero_pfn(c, pte_pfn(lo, hi))) {
    add_mm_counter(c, mm, MM_ANONPAGES, 1);
    yield* spin_lock(c, t.ptl);
    yield* ptep_get_and_clear(c, mm, address, pte);
    yield* spin_unlock(c, t.ptl);
    return;
  }
  const src_page = pfn_to_page(c, pte_pfn(lo, hi));
  const src_folio = yield* compound_head(c, src_page);
  if (compound_nr(c, src_folio) === 1) yield* release_pte_folio(c, src_folio);
  yield* spin_lock(c, t.ptl);
  yield* ptep_get_and_clear(c, mm, address, pte);
  yield* page_remove_rmap(c, src_page, t.vma, false);
  yield* spin_unlock(c, t.ptl);
  yield* free_page_and_swap_cache(c, src_page);
}

/** The table goes back before the pages are released: they are still isolated and locked, so that anon_vma's lock is not needed. */
function* __collapse_huge_page_copy_failed(c: Vcpu, t: unhooked_table, compound_pagelist: readonly Ptr[]): Code {
  const mm = peek(c, at(t.vma, vm_area_struct.vm_mm)) as Ptr;
  const pmd_ptl = yield* pmd_lock(c, mm, t.pmd);
  yield* pmd_populate(c, mm, t.pmd, pmd_pgtable(c, t.origLo, t.origHi));
  yield* spin_unlock(c, pmd_ptl);
  yield* release_pte_pages(c, t.pte, HPAGE_PMD_NR, compound_pagelist);
}
