// SPDX-License-Identifier: GPL-2.0-only
/**
 * Tests and changes of page->flags, each a marked access: bits of one page belong to different locks. Linux v6.6: include/linux/page-flags.h.
 *
 * The page is a head page or a single one (PF_HEAD), except for HWPoison and AnonExclusive, which every page has of its own. What has no result
 * commutes with others of its kind; TestSet and TestClear do not.
 */
import { load, peek, rmw, update } from '../../../../cpu/ops.ts';
import { AND, OR } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { at } from '../../struct.ts';
import { page as struct_page } from './mm_types.ts';
import {
  PG_active,
  PG_anon_exclusive,
  PG_buddy,
  PG_dirty,
  PG_has_hwpoisoned,
  PG_head,
  PG_hwpoison,
  PG_locked,
  PG_lru,
  PG_mlocked,
  PG_private,
  PG_reclaim,
  PG_referenced,
  PG_swapbacked,
  PG_swapcache,
  PG_unevictable,
  PG_uptodate,
  PG_writeback,
} from './page-flags-bits.ts';

export * from './page-flags-bits.ts';

export const PAGE_MAPPING_ANON = 1;
export const PAGE_MAPPING_MOVABLE = 2;

/** page->mapping belongs to whoever holds the page lock, or a page-table lock under which it is mapped. */
export const PageAnon = (c: Vcpu, page: Ptr): boolean => (peek(c, at(page, struct_page.mapping)) & PAGE_MAPPING_ANON) !== 0;

export function* PageTail(c: Vcpu, page: Ptr): Code<boolean> {
  return ((yield* load(c, at(page, struct_page.compound_head))) & 1) !== 0;
}

/** A head or a tail. */
export function* PageCompound(c: Vcpu, page: Ptr): Code<boolean> {
  return (yield* PageHead(c, page)) || (yield* PageTail(c, page));
}

export function* PageTransCompound(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* PageCompound(c, page);
}

/** On the anonymous lists and under the anonymous limits. Linux v6.6: folio_test_swapbacked(), folio_is_file_lru(). */
export function* folio_is_file_lru(c: Vcpu, page: Ptr): Code<boolean> {
  return !(yield* PageSwapBacked(c, page));
}

function* test_bit(c: Vcpu, page: Ptr, bit: number): Code<boolean> {
  return (((yield* load(c, at(page, struct_page.flags))) >>> bit) & 1) !== 0;
}

function* set_bit(c: Vcpu, page: Ptr, bit: number): Code {
  yield* update(c, at(page, struct_page.flags), OR, 1 << bit);
}

function* clear_bit(c: Vcpu, page: Ptr, bit: number): Code {
  yield* update(c, at(page, struct_page.flags), AND, ~(1 << bit));
}

function* test_and_set_bit(c: Vcpu, page: Ptr, bit: number): Code<boolean> {
  return (((yield* rmw(c, at(page, struct_page.flags), OR, 1 << bit)) >>> bit) & 1) !== 0;
}

function* test_and_clear_bit(c: Vcpu, page: Ptr, bit: number): Code<boolean> {
  return (((yield* rmw(c, at(page, struct_page.flags), AND, ~(1 << bit))) >>> bit) & 1) !== 0;
}

export function* PageLocked(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_locked);
}

export function* PageWriteback(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_writeback);
}

export function* PageReferenced(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_referenced);
}

export function* SetPageReferenced(c: Vcpu, page: Ptr): Code {
  yield* set_bit(c, page, PG_referenced);
}

export function* ClearPageReferenced(c: Vcpu, page: Ptr): Code {
  yield* clear_bit(c, page, PG_referenced);
}

export function* TestClearPageReferenced(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_and_clear_bit(c, page, PG_referenced);
}

export function* PageUptodate(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_uptodate);
}

export function* SetPageUptodate(c: Vcpu, page: Ptr): Code {
  yield* set_bit(c, page, PG_uptodate);
}

export function* PageDirty(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_dirty);
}

export function* SetPageDirty(c: Vcpu, page: Ptr): Code {
  yield* set_bit(c, page, PG_dirty);
}

export function* ClearPageDirty(c: Vcpu, page: Ptr): Code {
  yield* clear_bit(c, page, PG_dirty);
}

export function* TestSetPageDirty(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_and_set_bit(c, page, PG_dirty);
}

export function* TestClearPageDirty(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_and_clear_bit(c, page, PG_dirty);
}

export function* PageLRU(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_lru);
}

export function* SetPageLRU(c: Vcpu, page: Ptr): Code {
  yield* set_bit(c, page, PG_lru);
}

export function* TestClearPageLRU(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_and_clear_bit(c, page, PG_lru);
}

export function* PageHead(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_head);
}

export function* ClearPageHead(c: Vcpu, page: Ptr): Code {
  yield* clear_bit(c, page, PG_head);
}

export function* PageActive(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_active);
}

export function* SetPageActive(c: Vcpu, page: Ptr): Code {
  yield* set_bit(c, page, PG_active);
}

export function* ClearPageActive(c: Vcpu, page: Ptr): Code {
  yield* clear_bit(c, page, PG_active);
}

export function* PagePrivate(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_private);
}

export function* SetPagePrivate(c: Vcpu, page: Ptr): Code {
  yield* set_bit(c, page, PG_private);
}

export function* ClearPagePrivate(c: Vcpu, page: Ptr): Code {
  yield* clear_bit(c, page, PG_private);
}

export function* SetPageReclaim(c: Vcpu, page: Ptr): Code {
  yield* set_bit(c, page, PG_reclaim);
}

export function* ClearPageReclaim(c: Vcpu, page: Ptr): Code {
  yield* clear_bit(c, page, PG_reclaim);
}

export function* TestClearPageReclaim(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_and_clear_bit(c, page, PG_reclaim);
}

export function* PageSwapBacked(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_swapbacked);
}

export function* SetPageSwapBacked(c: Vcpu, page: Ptr): Code {
  yield* set_bit(c, page, PG_swapbacked);
}

export function* PageSwapCache(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_swapcache);
}

export function* SetPageSwapCache(c: Vcpu, page: Ptr): Code {
  yield* set_bit(c, page, PG_swapcache);
}

export function* ClearPageSwapCache(c: Vcpu, page: Ptr): Code {
  yield* clear_bit(c, page, PG_swapcache);
}

export function* PageUnevictable(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_unevictable);
}

export function* SetPageUnevictable(c: Vcpu, page: Ptr): Code {
  yield* set_bit(c, page, PG_unevictable);
}

export function* ClearPageUnevictable(c: Vcpu, page: Ptr): Code {
  yield* clear_bit(c, page, PG_unevictable);
}

export function* TestClearPageUnevictable(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_and_clear_bit(c, page, PG_unevictable);
}

export function* PageMlocked(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_mlocked);
}

export function* ClearPageMlocked(c: Vcpu, page: Ptr): Code {
  yield* clear_bit(c, page, PG_mlocked);
}

export function* TestSetPageMlocked(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_and_set_bit(c, page, PG_mlocked);
}

export function* TestClearPageMlocked(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_and_clear_bit(c, page, PG_mlocked);
}

export function* PageHWPoison(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_hwpoison);
}

export function* TestSetPageHWPoison(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_and_set_bit(c, page, PG_hwpoison);
}

export function* PageHasHWPoisoned(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_has_hwpoisoned);
}

export function* SetPageHasHWPoisoned(c: Vcpu, page: Ptr): Code {
  yield* set_bit(c, page, PG_has_hwpoisoned);
}

export function* ClearPageHasHWPoisoned(c: Vcpu, page: Ptr): Code {
  yield* clear_bit(c, page, PG_has_hwpoisoned);
}

export function* PageAnonExclusive(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_anon_exclusive);
}

export function* SetPageAnonExclusive(c: Vcpu, page: Ptr): Code {
  yield* set_bit(c, page, PG_anon_exclusive);
}

export function* ClearPageAnonExclusive(c: Vcpu, page: Ptr): Code {
  yield* clear_bit(c, page, PG_anon_exclusive);
}

export function* PageBuddy(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* test_bit(c, page, PG_buddy);
}
