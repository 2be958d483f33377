// SPDX-License-Identifier: GPL-2.0-only
/**
 * A swap entry goes, and with the last one its page in the swap cache. Linux v6.6: mm/swapfile.c, free_swap_and_cache(),
 * __try_to_reclaim_swap(), folio_free_swap(), folio_swapped().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { folio_mapped } from '../../include/linux/page_ref.ts';
import { PageSwapCache, PageWriteback, SetPageDirty } from '../../include/linux/page-flags.ts';
import { SWAP_HAS_CACHE, swap_info } from '../../include/linux/swap.ts';
import { non_swap_entry } from '../../include/linux/swapops.ts';
import { at } from '../../struct.ts';
import { folio_trylock, folio_unlock } from '../filemap/folio_lock.ts';
import { folio_put } from '../swap/put_page.ts';
import { delete_from_swap_cache } from '../swap_state/add_to_swap.ts';
import { filemap_get_swap_folio } from '../swap_state/swap_cache_get_folio.ts';
import { __swap_count, __swap_entry_free } from './swap_map.ts';

/** Of a folio in the swap cache, locked: does anybody refer to its slot? */
export function* folio_swapped(c: Vcpu, folio: Ptr): Code<boolean> {
  return (yield* __swap_count(c, peek(c, at(folio, struct_page.private)))) !== 0;
}

/** Takes a folio, locked, out of the swap cache if nobody refers to its slot. It is dirty then: no copy is left. @returns whether it was */
export function* folio_free_swap(c: Vcpu, folio: Ptr): Code<boolean> {
  if (!(yield* PageSwapCache(c, folio))) return false;
  if ((yield* PageWriteback(c, folio)) || (yield* folio_swapped(c, folio))) return false;
  yield* delete_from_swap_cache(c, folio);
  yield* SetPageDirty(c, folio);
  return true;
}

/** A pte or a shmem file gives its entry up. @returns 1, or 0 for an entry that is none of a swap device */
export function* free_swap_and_cache(c: Vcpu, entry: number): Code<number> {
  if (non_swap_entry(entry)) return 1;
  if (swap_info(c) === NULL) return 0;
  const left = yield* __swap_entry_free(c, entry);
  if (left === SWAP_HAS_CACHE) yield* __try_to_reclaim_swap(c, entry);
  return 1;
}

/** Only the swap cache is left. Its folio may have changed hands since: that is looked at with the lock. */
function* __try_to_reclaim_swap(c: Vcpu, entry: number): Code {
  const folio = yield* filemap_get_swap_folio(c, entry);
  if (folio === NULL) return;
  if (yield* folio_trylock(c, folio)) {
    if (!(yield* folio_mapped(c, folio))) yield* folio_free_swap(c, folio);
    yield* folio_unlock(c, folio);
  }
  yield* folio_put(c, folio);
}
