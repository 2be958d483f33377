// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages go back. Linux v6.6: mm/page_alloc.c, __free_pages(), free_unref_page(), free_unref_page_commit(), free_pcppages_bulk(), free_pages_prepare(),
 * free_page_is_bad().
 *
 * Where freed frames are not used again (config.quarantine) every word of a frame is overwritten in one step, so that a late touch of it is found.
 * A callback has no CPU: its pages go to the zone at once.
 */
import { fillRange, peek, poke, rmw } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import { XCHG } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { FREE, FREED, isTableKind, kindOfSlot, LOCK_POISON, POISON, setFrame } from '../../../../mmu/frames.ts';
import { frameOfSlot, slotOfPageWord } from '../../../../mmu/phys-mem.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { list_del, list_empty, list_prev } from '../../include/linux/list.ts';
import { nth_page } from '../../include/linux/mm/page.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { page_zone, per_cpu_pages, zone as struct_zone } from '../../include/linux/mmzone.ts';
import { page_ref_dec_and_test } from '../../include/linux/page_ref.ts';
import { PAGE_FLAGS_CHECK_AT_FREE, PG_hwpoison, PG_pageblock_mask } from '../../include/linux/page-flags-bits.ts';
import { count_vm_events, PGFREE } from '../../include/linux/vmstat.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { __free_one_page } from './__free_one_page.ts';
import { get_pageblock_migratetype, lru_page } from './free_area.ts';
import { PCP_BATCH, PCP_HIGH, pcp_add, pcp_allowed_order, pcp_list, this_pcp } from './rmqueue.ts';

/** Gives one reference back; the pages go with the last. */
export function* __free_pages(c: Vcpu, page: Ptr, order: number): Code {
  if (yield* page_ref_dec_and_test(c, page)) yield* free_unref_page(c, page, order);
}

export function* __free_page(c: Vcpu, page: Ptr): Code {
  yield* __free_pages(c, page, 0);
}

/** Of pages without references. */
export function* free_unref_page(c: Vcpu, page: Ptr, order: number): Code {
  count_vm_events(c, PGFREE, 1 << order);
  check_free(c, page, order);
  if (kernelOf(c).config.quarantine === true) return yield* poison_pages(c, page, order);
  const poisoned = (peek(c, at(page, struct_page.flags)) & (1 << PG_hwpoison)) !== 0;
  free_pages_prepare(c, page, order);
  if (poisoned && order === 0) return; // a frame that has failed is not handed out again
  const zone = page_zone(c, page);
  const pcp = pcp_allowed_order(order) ? this_pcp(c, zone) : NULL;
  if (pcp === NULL) {
    yield* spin_lock(c, at(zone, struct_zone.lock));
    __free_one_page(c, zone, page, order);
    yield* spin_unlock(c, at(zone, struct_zone.lock));
    return;
  }
  pcp_add(c, pcp, page, order, get_pageblock_migratetype(c, page));
  if (peek(c, at(pcp, per_cpu_pages.count)) >= PCP_HIGH) yield* free_pcppages_bulk(c, zone, pcp);
}

/** Linux complains of a bad page and leaks it; here it is a finding. */
function check_free(c: Vcpu, page: Ptr, order: number): void {
  const bad = bad_page_reason(c, page, order);
  if (bad !== '') violate(c, 'check', `BUG: Bad page state: ${c.m.nameOf(page).replace(/\..*/, '')} is freed with ${bad}`);
}

function bad_page_reason(c: Vcpu, page: Ptr, order: number): string {
  if ((peek(c, at(page, struct_page.flags)) & PAGE_FLAGS_CHECK_AT_FREE) !== 0)
    return `flags 0x${peek(c, at(page, struct_page.flags)).toString(16)}`;
  if (order > 0 && (peek(c, at(page, struct_page._entire_mapcount)) | 0) !== -1) return 'a nonzero entire_mapcount';
  for (let i = 0; i < 1 << order; i++) {
    const p = nth_page(c, page, i);
    if ((peek(c, at(p, struct_page._mapcount)) | 0) !== -1) return 'a nonzero mapcount';
    if (peek(c, at(p, struct_page._refcount)) !== 0) return 'references';
  }
  return '';
}

/** Never handed out again: whoever touches it later is found. */
function* poison_pages(c: Vcpu, page: Ptr, order: number): Code {
  const { mem } = c.m;
  for (let i = 0; i < 1 << order; i++) {
    const slot = slotOfPageWord(mem, nth_page(c, page, i));
    if (isTableKind(kindOfSlot(mem, slot))) yield* rmw(c, at(nth_page(c, page, i), struct_page.ptl), XCHG, LOCK_POISON);
    yield* fillRange(c, frameOfSlot(mem, slot), POISON);
    setFrame(mem, slot, FREED, NULL, 0);
  }
}

/** As a page is handed out: no flags, no mapping, no relation to others. */
function free_pages_prepare(c: Vcpu, page: Ptr, order: number): void {
  for (let i = 0; i < 1 << order; i++) {
    const p = nth_page(c, page, i);
    setFrame(c.m.mem, slotOfPageWord(c.m.mem, p), FREE, NULL, 0);
    poke(c, at(p, struct_page.flags), peek(c, at(p, struct_page.flags)) & PG_pageblock_mask);
    poke(c, at(p, struct_page.mapping), 0);
    poke(c, at(p, struct_page.index), 0);
    poke(c, at(p, struct_page.private), 0);
    poke(c, at(p, struct_page.pmd_huge_pte), 0);
    poke(c, at(p, struct_page.rcu_head), 0);
    poke(c, at(p, struct_page.compound_head), 0);
  }
  poke(c, at(page, struct_page.compound_order), 0);
}

/** The oldest go back to the zone. */
function* free_pcppages_bulk(c: Vcpu, zone: Ptr, pcp: Ptr): Code {
  const count = at(pcp, per_cpu_pages.count);
  let left = PCP_BATCH;
  yield* spin_lock(c, at(zone, struct_zone.lock));
  for (let mt = 0; left > 0 && mt < 3; mt++) left = drain_list(c, zone, count, pcp_list(pcp, 0, mt), 0, left);
  for (let mt = 0; left > 0 && mt < 3; mt++) left = drain_list(c, zone, count, pcp_list(pcp, 9, mt), 9, left);
  yield* spin_unlock(c, at(zone, struct_zone.lock));
}

/** @returns how many pages are still to go */
function drain_list(c: Vcpu, zone: Ptr, count: Ptr, list: Ptr, order: number, left: number): number {
  let n = left;
  for (; n > 0 && !list_empty(c, list); n -= 1 << order) {
    const entry = list_prev(c, list);
    list_del(c, entry);
    poke(c, count, peek(c, count) - (1 << order));
    __free_one_page(c, zone, lru_page(entry), order);
  }
  return n;
}

/** Everything that this CPU holds goes back. Linux v6.6: drain_pages(). */
export function* drain_pages(c: Vcpu): Code {
  for (const zone of [kernelOf(c).globals.zone_normal, kernelOf(c).globals.zone_highmem]) {
    const pcp = zone === NULL ? NULL : this_pcp(c, zone);
    while (pcp !== NULL && peek(c, at(pcp, per_cpu_pages.count)) > 0) yield* free_pcppages_bulk(c, zone, pcp);
  }
}
