// SPDX-License-Identifier: GPL-2.0-only
/**
 * The free lists of a zone, by order and mobility, and the mobility of each pageblock. Linux v6.6: mm/page_alloc.c, add_to_free_list(),
 * del_page_from_free_list(), get_pageblock_migratetype(), set_pageblock_migratetype(), set_buddy_order(). All under zone->lock.
 *
 * A block of free pages is known by its first page: PG_buddy, and its order in page->private. A pageblock's mobility lies in the flags of its first page.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import { tally } from '../../../../cpu/tally.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import type { Pfn, Ptr } from '../../../../mmu/types.ts';
import { list_add, list_add_tail, list_del, list_empty, list_next } from '../../include/linux/list.ts';
import { page_to_pfn, pfn_to_page } from '../../include/linux/mm/page.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { MIGRATE_MOVABLE, MIGRATE_PCPTYPES, NR_FREE_PAGES, pageblock_nr_pages, zone as struct_zone } from '../../include/linux/mmzone.ts';
import { PG_buddy, PG_pageblock_mask, PG_pageblock_shift } from '../../include/linux/page-flags-bits.ts';
import { at } from '../../struct.ts';

export const free_list = (zone: Ptr, order: number, mt: number): Ptr =>
  at(zone, struct_zone.free_area + (order * MIGRATE_PCPTYPES + mt) * 2);

const lru = (page: Ptr): Ptr => at(page, struct_page.lru_next);
const flags = (page: Ptr): Ptr => at(page, struct_page.flags);
/** The page that a list entry belongs to. */
export const lru_page = (entry: Ptr): Ptr => (entry - struct_page.lru_next) as Ptr;

export const PageBuddy = (c: Vcpu, page: Ptr): boolean => (peek(c, flags(page)) & (1 << PG_buddy)) !== 0;
export const buddy_order = (c: Vcpu, page: Ptr): number => peek(c, at(page, struct_page.private));

function set_buddy_order(c: Vcpu, page: Ptr, order: number): void {
  poke(c, at(page, struct_page.private), order);
  poke(c, flags(page), peek(c, flags(page)) | (1 << PG_buddy));
}

/** The counter of free pages is not touched: it counts what leaves the zone, not what moves within. */
export function add_to_free_list(c: Vcpu, zone: Ptr, page: Ptr, order: number, mt: number, tail = false): void {
  set_buddy_order(c, page, order);
  const head = free_list(zone, order, mt);
  if (tail) list_add_tail(c, lru(page), head);
  else list_add(c, lru(page), head);
  poke(c, at(zone, struct_zone.nr_free + order), peek(c, at(zone, struct_zone.nr_free + order)) + 1);
}

export function del_page_from_free_list(c: Vcpu, zone: Ptr, page: Ptr, order: number): void {
  list_del(c, lru(page));
  poke(c, flags(page), peek(c, flags(page)) & ~(1 << PG_buddy));
  poke(c, at(page, struct_page.private), 0);
  poke(c, at(zone, struct_zone.nr_free + order), peek(c, at(zone, struct_zone.nr_free + order)) - 1);
}

/** @returns the first free block of an order, or NULL */
export function get_page_from_free_area(c: Vcpu, zone: Ptr, order: number, mt: number): Ptr {
  const head = free_list(zone, order, mt);
  return list_empty(c, head) ? (0 as Ptr) : lru_page(list_next(c, head));
}

export function count_free_pages(c: Vcpu, zone: Ptr, n: number): void {
  tally(c, at(zone, struct_zone.vm_stat + NR_FREE_PAGES), n);
}

const pageblock = (c: Vcpu, page: Ptr): Ptr => pfn_to_page(c, (page_to_pfn(c, page) & ~(pageblock_nr_pages - 1)) as Pfn);

/** Bits of zero mean movable, as every pageblock is at first. */
export const get_pageblock_migratetype = (c: Vcpu, page: Ptr): number =>
  ((peek(c, flags(pageblock(c, page))) >>> PG_pageblock_shift) & 3) ^ MIGRATE_MOVABLE;

export function set_pageblock_migratetype(c: Vcpu, page: Ptr, mt: number): void {
  const first = flags(pageblock(c, page));
  poke(c, first, (peek(c, first) & ~PG_pageblock_mask) | ((mt ^ MIGRATE_MOVABLE) << PG_pageblock_shift));
}
