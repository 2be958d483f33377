// SPDX-License-Identifier: GPL-2.0-only
/**
 * The LRU lists. Linux v6.6: include/linux/mm_inline.h, folio_lru_list(), lruvec_add_folio(), lruvec_add_folio_tail(), lruvec_del_folio(),
 * __folio_clear_lru_flags(), update_lru_size(). Under lru_lock.
 *
 * Which list follows from the flags. The unevictable "list" is none: the links of its pages are free for mlock_count.
 */
import { load, update } from '../../../../cpu/ops.ts';
import { AND } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { at } from '../../struct.ts';
import { list_add, list_add_tail, list_del } from './list.ts';
import { compound_nr } from './mm/page.ts';
import { page as struct_page } from './mm_types.ts';
import { LRU_INACTIVE_ANON, LRU_INACTIVE_FILE, LRU_UNEVICTABLE, lruvec } from './mmzone.ts';
import { PG_active, PG_lru, PG_swapbacked, PG_unevictable } from './page-flags-bits.ts';
import { mod_node_page_state, NR_INACTIVE_ANON } from './vmstat.ts';

const is = (flags: number, bit: number): boolean => ((flags >>> bit) & 1) !== 0;

/** The list that page->flags say. */
export const folio_lru_list = (flags: number): number => {
  if (is(flags, PG_unevictable)) return LRU_UNEVICTABLE;
  return (is(flags, PG_swapbacked) ? LRU_INACTIVE_ANON : LRU_INACTIVE_FILE) + (is(flags, PG_active) ? 1 : 0);
};

const list_of = (vec: Ptr, lru: number): Ptr => at(vec, lruvec.lists + lru * 2);
const lru_entry = (folio: Ptr): Ptr => at(folio, struct_page.lru_next);

export function* lruvec_add_folio(c: Vcpu, vec: Ptr, folio: Ptr): Code {
  const lru = folio_lru_list(yield* load(c, at(folio, struct_page.flags)));
  mod_node_page_state(c, NR_INACTIVE_ANON + lru, compound_nr(c, folio));
  if (lru !== LRU_UNEVICTABLE) list_add(c, lru_entry(folio), list_of(vec, lru));
}

export function* lruvec_add_folio_tail(c: Vcpu, vec: Ptr, folio: Ptr): Code {
  const lru = folio_lru_list(yield* load(c, at(folio, struct_page.flags)));
  mod_node_page_state(c, NR_INACTIVE_ANON + lru, compound_nr(c, folio));
  if (lru !== LRU_UNEVICTABLE) list_add_tail(c, lru_entry(folio), list_of(vec, lru));
}

/** @returns the list that it was on */
export function* lruvec_del_folio(c: Vcpu, _vec: Ptr, folio: Ptr): Code<number> {
  const lru = folio_lru_list(yield* load(c, at(folio, struct_page.flags)));
  mod_node_page_state(c, NR_INACTIVE_ANON + lru, -compound_nr(c, folio));
  if (lru !== LRU_UNEVICTABLE) list_del(c, lru_entry(folio));
  return lru;
}

export function* __folio_clear_lru_flags(c: Vcpu, folio: Ptr): Code {
  yield* update(c, at(folio, struct_page.flags), AND, ~((1 << PG_lru) | (1 << PG_active) | (1 << PG_unevictable)));
}
