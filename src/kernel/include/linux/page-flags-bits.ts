// SPDX-License-Identifier: GPL-2.0-only
/**
 * Numbers of the bits of page->flags. Linux v6.6: include/linux/page-flags.h, enum pageflags.
 */
export const PG_locked = 0;
export const PG_writeback = 1;
export const PG_referenced = 2;
export const PG_uptodate = 3;
export const PG_dirty = 4;
export const PG_lru = 5;
export const PG_head = 6;
export const PG_waiters = 7;
export const PG_active = 8;
export const PG_workingset = 9;
export const PG_error = 10;
export const PG_slab = 11;
export const PG_owner_priv_1 = 12;
export const PG_arch_1 = 13;
export const PG_reserved = 14;
export const PG_private = 15;
export const PG_private_2 = 16;
export const PG_mappedtodisk = 17;
export const PG_reclaim = 18;
export const PG_swapbacked = 19;
export const PG_unevictable = 20;
export const PG_mlocked = 21;
export const PG_hwpoison = 22;
/** Names that share a bit with another, where the page is of another kind. */
export const PG_swapcache = PG_owner_priv_1;
export const PG_anon_exclusive = PG_mappedtodisk;
export const PG_has_hwpoisoned = PG_error;
export const PG_double_map = PG_workingset;
/** Free, and first of its block; Linux has it in page_type. */
export const PG_buddy = 23;
/** Of the first page of a pageblock: its migratetype, two bits. Linux has them beside the zone. */
export const PG_pageblock_shift = 28;
export const PG_pageblock_mask = 3 << PG_pageblock_shift;

/** What is checked when a page is freed: none of these may be set. */
export const PAGE_FLAGS_CHECK_AT_FREE =
  (1 << PG_lru) |
  (1 << PG_locked) |
  (1 << PG_private) |
  (1 << PG_writeback) |
  (1 << PG_slab) |
  (1 << PG_active) |
  (1 << PG_unevictable) |
  (1 << PG_mlocked);
