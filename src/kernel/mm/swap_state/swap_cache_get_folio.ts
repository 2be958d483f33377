// SPDX-License-Identifier: GPL-2.0-only
/**
 * Who is in the swap cache, and what it holds alone goes. Linux v6.6: mm/swap_state.c, swap_cache_get_folio(), free_swap_cache(),
 * free_page_and_swap_cache(); mm/filemap.c, filemap_get_folio() of the swap cache.
 *
 * A hit on a page that readahead brought says that readahead is worth while: the next window is larger.
 */
import { load, store, update } from '../../../../cpu/ops.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { compound_head } from '../../include/linux/mm/page.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { folio_mapped, folio_try_get } from '../../include/linux/page_ref.ts';
import { PageSwapCache, TestClearPageReclaim } from '../../include/linux/page-flags.ts';
import { swap_info, swap_info_struct } from '../../include/linux/swap.ts';
import { count_vm_event, SWAP_RA_HIT } from '../../include/linux/vmstat.ts';
import { rcu_read_lock, rcu_read_unlock } from '../../kernel/rcu/update.ts';
import { at } from '../../struct.ts';
import { folio_trylock, folio_unlock } from '../filemap/folio_lock.ts';
import { is_huge_zero_page } from '../huge_memory/huge_zero_page.ts';
import { folio_put, put_page } from '../swap/put_page.ts';
import { folio_free_swap } from '../swapfile/free_swap_and_cache.ts';
import { swap_cache_slot } from './add_to_swap.ts';
import { GET_SWAP_RA_VAL, SWAP_RA_HITS, SWAP_RA_HITS_MAX, SWAP_RA_VAL, SWAP_RA_WIN } from './swap_ra_info.ts';

/** @returns the folio with a reference, or NULL. It may have left the swap cache since, unless it is locked and looked at again */
export function* filemap_get_swap_folio(c: Vcpu, entry: number): Code<Ptr> {
  const slot = swap_cache_slot(c, entry);
  yield* rcu_read_lock(c);
  let folio = (yield* load(c, slot)) as Ptr;
  while (folio !== NULL) {
    if (yield* folio_try_get(c, folio)) {
      if ((yield* load(c, slot)) === folio) break;
      yield* folio_put(c, folio);
    }
    folio = (yield* load(c, slot)) as Ptr;
  }
  yield* rcu_read_unlock(c);
  return folio;
}

/** For a fault at `addr` of `vma`; NULL: for a shmem file. @returns the folio with a reference, not locked, or NULL */
export function* swap_cache_get_folio(c: Vcpu, entry: number, vma: Ptr, addr: number): Code<Ptr> {
  const folio = yield* filemap_get_swap_folio(c, entry);
  if (folio === NULL) return NULL;
  const readahead = yield* TestClearPageReclaim(c, folio); // PG_readahead
  if (vma !== NULL) {
    const ra_val = yield* GET_SWAP_RA_VAL(c, vma);
    const hits = SWAP_RA_HITS(ra_val) + (readahead ? 1 : 0);
    const value = SWAP_RA_VAL(addr, SWAP_RA_WIN(ra_val), Math.min(hits, SWAP_RA_HITS_MAX));
    yield* store(c, at(vma, vm_area_struct.swap_readahead_info), value);
  }
  if (readahead) {
    count_vm_event(c, SWAP_RA_HIT);
    if (vma === NULL) yield* update(c, at(swap_info(c), swap_info_struct.swapin_readahead_hits), ADD, 1);
  }
  return folio;
}

/** A user of the page goes: if only the swap cache is left, it goes too. */
export function* free_swap_cache(c: Vcpu, page: Ptr): Code {
  const folio = yield* compound_head(c, page);
  if (!(yield* PageSwapCache(c, folio)) || (yield* folio_mapped(c, folio)) || !(yield* folio_trylock(c, folio))) return;
  yield* folio_free_swap(c, folio);
  yield* folio_unlock(c, folio);
}

export function* free_page_and_swap_cache(c: Vcpu, page: Ptr): Code {
  yield* free_swap_cache(c, page);
  if (!is_huge_zero_page(c, page)) yield* put_page(c, page);
}
