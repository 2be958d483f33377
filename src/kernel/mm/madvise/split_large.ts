// SPDX-License-Identifier: GPL-2.0-only
/**
 * A huge page of which a part is advised is split. Linux v6.6: mm/madvise.c, madvise_cold_or_pageout_pte_range(), madvise_free_pte_range().
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { folio_get } from '../../include/linux/page_ref.ts';
import { folio_trylock, folio_unlock } from '../filemap/folio_lock.ts';
import { split_folio } from '../huge_memory/split_huge_page.ts';
import { pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { folio_put } from '../swap/put_page.ts';

/** The page-table lock is held, and always dropped. @returns whether the folio was split */
export function* split_large(c: Vcpu, folio: Ptr, ptl: Ptr): Code<boolean> {
  yield* folio_get(c, folio);
  const locked = yield* folio_trylock(c, folio);
  yield* pte_unmap_unlock(c, ptl);
  const split = locked && (yield* split_folio(c, folio)) === 0;
  if (locked) yield* folio_unlock(c, folio);
  yield* folio_put(c, folio);
  return split;
}
