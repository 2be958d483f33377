// SPDX-License-Identifier: GPL-2.0-only
/**
 * Folios that MADV_PAGEOUT has isolated are reclaimed, and those that cannot be go back to their lists. Linux v6.6: mm/vmscan.c, reclaim_pages(),
 * reclaim_folio_list().
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { ClearPageActive } from '../../include/linux/page-flags.ts';
import { folio_putback_lru } from './isolate_lru_page.ts';
import { shrink_folio_list } from './shrink_folio_list.ts';

/** The last of the list comes first: pages are put in at its head. @returns pages that were freed */
export function* reclaim_pages(c: Vcpu, folio_list: readonly Ptr[]): Code<number> {
  if (folio_list.length === 0) return 0;
  const list = [...folio_list];
  for (const folio of list) yield* ClearPageActive(c, folio);
  const nr_reclaimed = yield* shrink_folio_list(c, list);
  for (let folio = list.pop(); folio !== undefined; folio = list.pop()) yield* folio_putback_lru(c, folio);
  return nr_reclaimed;
}
