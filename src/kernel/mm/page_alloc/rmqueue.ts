// SPDX-License-Identifier: GPL-2.0-only
/**
 * Taking free pages out of a zone. Linux v6.6: mm/page_alloc.c, rmqueue(), rmqueue_pcplist(), rmqueue_bulk(), __rmqueue(), __rmqueue_smallest(),
 * expand(), pcp_allowed_order(), order_to_pindex().
 *
 * Each CPU has lists of its own of single pages and of huge ones, so that most allocations share nothing with other CPUs.
 * left out: the lists of orders 1 to 3; how batches adapt; CMA; the high-order atomic reserve.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import { CALLBACK, type Code, type Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { list_add, list_add_tail, list_del, list_empty, list_next } from '../../include/linux/list.ts';
import { nth_page } from '../../include/linux/mm/page.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { MAX_ORDER, MIGRATE_PCPTYPES, pageblock_order, per_cpu_pages, zone as struct_zone } from '../../include/linux/mmzone.ts';
import { smp_processor_id } from '../../include/linux/percpu.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { __rmqueue_fallback } from './__rmqueue_fallback.ts';
import { add_to_free_list, count_free_pages, del_page_from_free_list, get_page_from_free_area, lru_page } from './free_area.ts';
import { take_unused } from './take_unused.ts';

/** Single pages that move between the lists of a CPU and those of its zone at a time. */
export const PCP_BATCH = 63;
/** Pages beyond which a CPU gives some back. */
export const PCP_HIGH = 6 * PCP_BATCH;

/** @returns the lists of this CPU, or NULL: a callback runs on none */
export const this_pcp = (c: Vcpu, zone: Ptr): Ptr =>
  c.role === CALLBACK ? NULL : at(peek(c, at(zone, struct_zone.per_cpu_pageset)) as Ptr, smp_processor_id(c) * per_cpu_pages.$words);

export const pcp_allowed_order = (order: number): boolean => order === 0 || order === pageblock_order;

export const pcp_list = (pcp: Ptr, order: number, mt: number): Ptr =>
  at(pcp, per_cpu_pages.lists + ((order === 0 ? 0 : MIGRATE_PCPTYPES) + mt) * 2);

/** @returns the first of 2^order free pages, or NULL */
export function* rmqueue(c: Vcpu, zone: Ptr, order: number, mt: number): Code<Ptr> {
  const pcp = pcp_allowed_order(order) ? this_pcp(c, zone) : NULL;
  if (pcp !== NULL) return yield* rmqueue_pcplist(c, zone, pcp, order, mt);
  yield* spin_lock(c, at(zone, struct_zone.lock));
  const page = __rmqueue(c, zone, order, mt);
  yield* spin_unlock(c, at(zone, struct_zone.lock));
  return page;
}

function* rmqueue_pcplist(c: Vcpu, zone: Ptr, pcp: Ptr, order: number, mt: number): Code<Ptr> {
  const list = pcp_list(pcp, order, mt);
  const count = at(pcp, per_cpu_pages.count);
  if (list_empty(c, list)) {
    const added = yield* rmqueue_bulk(c, zone, order, order === 0 ? PCP_BATCH : 1, list, mt);
    if (added === 0) return NULL;
    poke(c, count, peek(c, count) + (added << order));
  }
  const entry = list_next(c, list);
  list_del(c, entry);
  poke(c, count, peek(c, count) - (1 << order));
  return lru_page(entry);
}

/** @returns how many blocks came */
function* rmqueue_bulk(c: Vcpu, zone: Ptr, order: number, n: number, list: Ptr, mt: number): Code<number> {
  yield* spin_lock(c, at(zone, struct_zone.lock));
  let i = 0;
  for (; i < n; i++) {
    const page = __rmqueue(c, zone, order, mt);
    if (page === NULL) break;
    list_add_tail(c, at(page, struct_page.lru_next), list);
  }
  yield* spin_unlock(c, at(zone, struct_zone.lock));
  return i;
}

/** Back into the order in which they came. */
export function pcp_add(c: Vcpu, pcp: Ptr, page: Ptr, order: number, mt: number): void {
  list_add(c, at(page, struct_page.lru_next), pcp_list(pcp, order, mt));
  poke(c, at(pcp, per_cpu_pages.count), peek(c, at(pcp, per_cpu_pages.count)) + (1 << order));
}

/** Under zone->lock. What is untouched counts as movable blocks of the greatest order, and comes before pages of another mobility are mixed in. */
export function __rmqueue(c: Vcpu, zone: Ptr, order: number, mt: number): Ptr {
  for (;;) {
    const page = __rmqueue_smallest(c, zone, order, mt);
    if (page !== NULL) {
      count_free_pages(c, zone, -(1 << order));
      return page;
    }
    if (get_page_from_free_area(c, zone, MAX_ORDER, 1) === NULL && take_unused(c, zone)) continue;
    if (!__rmqueue_fallback(c, zone, order, mt)) return NULL;
  }
}

function __rmqueue_smallest(c: Vcpu, zone: Ptr, order: number, mt: number): Ptr {
  for (let current_order = order; current_order <= MAX_ORDER; current_order++) {
    const page = get_page_from_free_area(c, zone, current_order, mt);
    if (page === NULL) continue;
    del_page_from_free_list(c, zone, page, current_order);
    expand(c, zone, page, order, current_order, mt);
    return page;
  }
  return NULL;
}

/** The upper half goes back, and again, until what is left is as small as it should be. */
function expand(c: Vcpu, zone: Ptr, page: Ptr, low: number, high: number, mt: number): void {
  for (let order = high - 1; order >= low; order--) add_to_free_list(c, zone, nth_page(c, page, 1 << order), order, mt);
}
