// SPDX-License-Identifier: GPL-2.0-only
/**
 * A folio enters the swap cache and leaves it. Linux v6.6: mm/swap_state.c, add_to_swap(), add_to_swap_cache(), __delete_from_swap_cache(),
 * delete_from_swap_cache().
 *
 * In the swap cache a folio has a slot (page->private) and a reference for it; which one of them is the master copy PG_dirty says.
 * left out: shadow entries of evicted pages (mm/workingset.c).
 */
import { peek, poke, store } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { address_space, page as struct_page } from '../../include/linux/mm_types.ts';
import { folio_ref_add } from '../../include/linux/page_ref.ts';
import { ClearPageSwapCache, SetPageSwapCache } from '../../include/linux/page-flags.ts';
import { swap_address_space, swap_info, swap_info_struct } from '../../include/linux/swap.ts';
import { swp_offset } from '../../include/linux/swapops.ts';
import { mod_node_page_state, NR_FILE_PAGES, NR_SWAPCACHE } from '../../include/linux/vmstat.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { folio_mark_dirty } from '../page-writeback/folio_mark_dirty.ts';
import { folio_alloc_swap } from '../swap_slots/folio_alloc_swap.ts';
import { put_swap_folio } from '../swapfile/swap_map.ts';

/** Place of an entry's folio in the swap cache. */
export const swap_cache_slot = (c: Vcpu, entry: number): Ptr =>
  at(peek(c, at(swap_info(c), swap_info_struct.swap_cache)) as Ptr, swp_offset(entry));

const xa_lock = (c: Vcpu): Ptr => at(swap_address_space(c), address_space.xa_lock);

/** The folio is locked, and the slot has SWAP_HAS_CACHE. */
export function* add_to_swap_cache(c: Vcpu, folio: Ptr, entry: number): Code {
  yield* folio_ref_add(c, folio, 1);
  yield* SetPageSwapCache(c, folio);
  yield* spin_lock(c, xa_lock(c));
  poke(c, at(folio, struct_page.private), entry);
  yield* store(c, swap_cache_slot(c, entry), folio);
  yield* spin_unlock(c, xa_lock(c));
  mod_node_page_state(c, NR_FILE_PAGES, 1);
  mod_node_page_state(c, NR_SWAPCACHE, 1);
}

/** With the folio and the swap cache locked. */
export function* __delete_from_swap_cache(c: Vcpu, folio: Ptr, entry: number): Code {
  const slot = swap_cache_slot(c, entry);
  if (peek(c, slot) !== folio)
    violate(c, 'check', `VM_BUG_ON_PAGE: ${c.m.nameOf(folio)} is not in the swap cache at 0x${entry.toString(16)}`);
  yield* store(c, slot, NULL);
  poke(c, at(folio, struct_page.private), 0);
  yield* ClearPageSwapCache(c, folio);
  mod_node_page_state(c, NR_FILE_PAGES, -1);
  mod_node_page_state(c, NR_SWAPCACHE, -1);
}

/** The folio is locked, and the caller has a reference beside that of the swap cache. */
export function* delete_from_swap_cache(c: Vcpu, folio: Ptr): Code {
  const entry = peek(c, at(folio, struct_page.private));
  yield* spin_lock(c, xa_lock(c));
  yield* __delete_from_swap_cache(c, folio, entry);
  yield* spin_unlock(c, xa_lock(c));
  yield* put_swap_folio(c, folio, entry);
  yield* folio_ref_add(c, folio, -1);
}

/** Of an anonymous folio, locked. It is dirty from now on: nothing has been written to the slot yet. @returns false if there is no slot */
export function* add_to_swap(c: Vcpu, folio: Ptr): Code<boolean> {
  const entry = yield* folio_alloc_swap(c, folio);
  if (entry === 0) return false;
  yield* add_to_swap_cache(c, folio, entry);
  yield* folio_mark_dirty(c, folio);
  return true;
}
