// SPDX-License-Identifier: GPL-2.0-only
/**
 * References to pages and what maps them, counted. Linux v6.6: include/linux/page_ref.h, include/linux/mm.h (get_page(), page_mapcount(), page_mapped(),
 * total_mapcount()), mm/util.c (folio_mapcount()).
 *
 * left out: refcounts of zone devices, saturation of the counters.
 */
import { cmpxchg, load, rmw, store, update } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { at } from '../../struct.ts';
import { compound_head, compound_order, nth_page } from './mm/page.ts';
import { page as struct_page } from './mm_types.ts';

const _refcount = (page: Ptr): Ptr => at(page, struct_page._refcount);

export function* folio_ref_count(c: Vcpu, folio: Ptr): Code<number> {
  return yield* load(c, _refcount(folio));
}

/** References to the whole compound page. */
export function* page_count(c: Vcpu, page: Ptr): Code<number> {
  return yield* load(c, _refcount(yield* compound_head(c, page)));
}

export function* page_ref_add(c: Vcpu, page: Ptr, nr: number): Code {
  yield* update(c, _refcount(page), ADD, nr);
}

export function* page_ref_sub(c: Vcpu, page: Ptr, nr: number): Code {
  yield* update(c, _refcount(page), ADD, -nr);
}

export function* page_ref_dec_and_test(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* page_ref_sub_and_test(c, page, 1);
}

export function* page_ref_sub_and_test(c: Vcpu, page: Ptr, nr: number): Code<boolean> {
  const old = (yield* rmw(c, _refcount(page), ADD, -nr)) | 0;
  if (old < nr) violate(c, 'check', `BUG: bad page state: the reference count of ${c.m.nameOf(page)} falls from ${old} by ${nr}`);
  return old === nr;
}

/** Adds unless the count is 0, which says that the page is being freed. */
export function* page_ref_add_unless_zero(c: Vcpu, page: Ptr, nr: number): Code<boolean> {
  for (let seen = yield* load(c, _refcount(page)); seen !== 0; ) {
    const old = yield* cmpxchg(c, _refcount(page), seen, seen + nr);
    if (old === seen) return true;
    seen = old;
  }
  return false;
}

/** Takes all references at once if there are exactly `count`: from then on nobody gets a new one. Pairs with page_ref_add_unless_zero(). */
export function* page_ref_freeze(c: Vcpu, page: Ptr, count: number): Code<boolean> {
  return (yield* cmpxchg(c, _refcount(page), count, 0)) === count;
}

/** smp_store_release(): what was changed while frozen is seen by who gets a reference. */
export function* page_ref_unfreeze(c: Vcpu, page: Ptr, count: number): Code {
  yield* store(c, _refcount(page), count);
}

export function* get_page(c: Vcpu, page: Ptr): Code {
  yield* page_ref_add(c, yield* compound_head(c, page), 1);
}

export function* folio_get(c: Vcpu, folio: Ptr): Code {
  yield* page_ref_add(c, folio, 1);
}

export function* folio_ref_add(c: Vcpu, folio: Ptr, nr: number): Code {
  yield* page_ref_add(c, folio, nr);
}

export function* folio_try_get(c: Vcpu, folio: Ptr): Code<boolean> {
  return yield* page_ref_add_unless_zero(c, folio, 1);
}

/** Mappings of the whole by a pmd. */
export function* compound_mapcount(c: Vcpu, head: Ptr): Code<number> {
  return ((yield* load(c, at(head, struct_page._entire_mapcount))) + 1) | 0;
}

export const folio_entire_mapcount = compound_mapcount;

/** Mappings of this one page, by a pte or as part of a whole. */
export function* page_mapcount(c: Vcpu, page: Ptr): Code<number> {
  const ptes = ((yield* load(c, at(page, struct_page._mapcount))) + 1) | 0;
  const head = yield* compound_head(c, page);
  return head !== page || compound_order(c, head) > 0 ? ptes + (yield* compound_mapcount(c, head)) : ptes;
}

/** Mappings of all pages of a folio: by ptes, each of them, and by pmds. */
export function* total_mapcount(c: Vcpu, page: Ptr): Code<number> {
  const head = yield* compound_head(c, page);
  const order = compound_order(c, head);
  if (order === 0) return ((yield* load(c, at(head, struct_page._mapcount))) + 1) | 0;
  let mapcount = yield* compound_mapcount(c, head);
  const nr_pages_mapped = yield* load(c, at(head, struct_page._nr_pages_mapped));
  if ((nr_pages_mapped & FOLIO_PAGES_MAPPED) === 0) return mapcount;
  for (let i = 0; i < 1 << order; i++) mapcount += ((yield* load(c, at(nth_page(c, head, i), struct_page._mapcount))) + 1) | 0;
  return mapcount;
}

export const folio_mapcount = total_mapcount;

/** Of _nr_pages_mapped: one for each mapping of the whole, and how many pages are mapped by ptes. */
export const COMPOUND_MAPPED = 0x800000;
export const FOLIO_PAGES_MAPPED = COMPOUND_MAPPED - 1;

export function* page_mapped(c: Vcpu, page: Ptr): Code<boolean> {
  const head = yield* compound_head(c, page);
  if (compound_order(c, head) === 0) return ((yield* load(c, at(head, struct_page._mapcount))) | 0) >= 0;
  return yield* folio_mapped(c, head);
}

export function* folio_mapped(c: Vcpu, folio: Ptr): Code<boolean> {
  if (compound_order(c, folio) === 0) return ((yield* load(c, at(folio, struct_page._mapcount))) | 0) >= 0;
  if ((yield* compound_mapcount(c, folio)) > 0) return true;
  return ((yield* load(c, at(folio, struct_page._nr_pages_mapped))) & FOLIO_PAGES_MAPPED) !== 0;
}

/** References by pins, of a compound page; of a single one they are in the reference count, each worth GUP_PIN_COUNTING_BIAS. */
export const GUP_PIN_COUNTING_BIAS = 1024;

/** May be wrong in saying so, never in saying not. */
export function* folio_maybe_dma_pinned(c: Vcpu, folio: Ptr): Code<boolean> {
  if (compound_order(c, folio) > 0) return (yield* load(c, at(folio, struct_page._pincount))) > 0;
  return (yield* load(c, _refcount(folio))) >= GUP_PIN_COUNTING_BIAS;
}
