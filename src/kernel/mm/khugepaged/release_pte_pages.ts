// SPDX-License-Identifier: GPL-2.0-only
/**
 * Giving back pages that were locked and isolated for a collapse; and how many references such a page may have.
 * Linux v6.6: mm/khugepaged.c, release_pte_folio(), release_pte_pages(), is_refcount_suitable().
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { pte_none, pte_pfn } from '../../arch/x86/include/asm/pgtable.ts';
import { ptep_get_locked } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { compound_head, compound_nr, pfn_to_page } from '../../include/linux/mm/page.ts';
import { folio_ref_count, total_mapcount } from '../../include/linux/page_ref.ts';
import { folio_is_file_lru, PageSwapCache } from '../../include/linux/page-flags.ts';
import { is_zero_pfn } from '../../include/linux/pgtable/zero_pfn.ts';
import { mod_node_page_state, NR_ISOLATED_ANON } from '../../include/linux/vmstat.ts';
import { at } from '../../struct.ts';
import { folio_unlock } from '../filemap/folio_lock.ts';
import { folio_putback_lru } from '../vmscan/isolate_lru_page.ts';

/** Counts the folio among the isolated ones (sign 1), or no longer (-1). */
export function* count_isolated(c: Vcpu, folio: Ptr, sign: number): Code {
  const item = NR_ISOLATED_ANON + ((yield* folio_is_file_lru(c, folio)) ? 1 : 0);
  mod_node_page_state(c, item, sign * compound_nr(c, folio));
}

export function* release_pte_folio(c: Vcpu, folio: Ptr): Code {
  yield* count_isolated(c, folio, -1);
  yield* folio_unlock(c, folio);
  yield* folio_putback_lru(c, folio);
}

/** The pages of the first `n` entries from `pte` on, and the huge ones that were listed. */
export function* release_pte_pages(c: Vcpu, pte: Ptr, n: number, compound_pagelist: readonly Ptr[]): Code {
  for (let i = n - 1; i >= 0; i--) {
    const lo = yield* ptep_get_locked(c, at(pte, 2 * i));
    const hi = c.hi;
    if (pte_none(lo, hi) || is_zero_pfn(c, pte_pfn(lo, hi))) continue;
    const page = pfn_to_page(c, pte_pfn(lo, hi));
    const folio = yield* compound_head(c, page);
    if (compound_nr(c, folio) === 1) yield* release_pte_folio(c, folio);
  }
  for (const folio of compound_pagelist) yield* release_pte_folio(c, folio);
}

/** Has the folio no references but those of its mappings and of the swap cache? */
export function* is_refcount_suitable(c: Vcpu, folio: Ptr): Code<boolean> {
  const mapcount = yield* total_mapcount(c, folio);
  const expected_refcount = (yield* PageSwapCache(c, folio)) ? mapcount + compound_nr(c, folio) : mapcount;
  return (yield* folio_ref_count(c, folio)) === expected_refcount;
}
