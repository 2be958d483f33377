// SPDX-License-Identifier: GPL-2.0-only
/**
 * Fragmentation control: an allocation of one mobility takes from another only if there is nothing else, and then as much as it can, so that few
 * pageblocks mix. Linux v6.6: mm/page_alloc.c, __rmqueue_fallback(), find_suitable_fallback(), can_steal_fallback(), steal_suitable_fallback(),
 * move_freepages_block(), fallbacks[]. Under zone->lock.
 * left out: watermark boosting, CMA, counting of the movable pages in use.
 */
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Pfn, type Ptr } from '../../../../mmu/types.ts';
import { nth_page, page_to_pfn, pfn_to_page } from '../../include/linux/mm/page.ts';
import {
  MAX_ORDER,
  MIGRATE_MOVABLE,
  MIGRATE_RECLAIMABLE,
  MIGRATE_UNMOVABLE,
  pageblock_nr_pages,
  pageblock_order,
} from '../../include/linux/mmzone.ts';
import {
  add_to_free_list,
  buddy_order,
  del_page_from_free_list,
  get_page_from_free_area,
  PageBuddy,
  set_pageblock_migratetype,
} from './free_area.ts';

const fallbacks = [
  [MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE],
  [MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE],
  [MIGRATE_UNMOVABLE, MIGRATE_MOVABLE],
] as const;

/** Moves a block to the lists of `mt`, from the greatest down. @returns whether there was any */
export function __rmqueue_fallback(c: Vcpu, zone: Ptr, order: number, mt: number): boolean {
  for (let current_order = MAX_ORDER; current_order >= order; current_order--) {
    for (const fallback of fallbacks[mt]!) {
      const page = get_page_from_free_area(c, zone, current_order, fallback);
      if (page === NULL) continue;
      steal_suitable_fallback(c, zone, page, current_order, mt);
      return true;
    }
  }
  return false;
}

/** Movable pages may lie anywhere and go away again: only for others, or for great blocks, is the whole pageblock taken. */
const can_steal_fallback = (order: number, mt: number): boolean => order >= pageblock_order / 2 || mt !== MIGRATE_MOVABLE;

function steal_suitable_fallback(c: Vcpu, zone: Ptr, page: Ptr, order: number, mt: number): void {
  if (order >= pageblock_order) {
    for (let i = 0; i < 1 << order; i += pageblock_nr_pages) set_pageblock_migratetype(c, nth_page(c, page, i), mt);
    move_to_free_list(c, zone, page, order, mt);
    return;
  }
  const first = pfn_to_page(c, (page_to_pfn(c, page) & ~(pageblock_nr_pages - 1)) as Pfn);
  if (!can_steal_fallback(order, mt) || free_pages_of_block(c, first) < pageblock_nr_pages / 2) {
    move_to_free_list(c, zone, page, order, mt);
    return;
  }
  set_pageblock_migratetype(c, page, mt);
  for (let i = 0; i < pageblock_nr_pages; ) {
    const p = nth_page(c, first, i);
    if (!PageBuddy(c, p)) i++;
    else {
      const block = buddy_order(c, p);
      move_to_free_list(c, zone, p, block, mt);
      i += 1 << block;
    }
  }
}

function move_to_free_list(c: Vcpu, zone: Ptr, page: Ptr, order: number, mt: number): void {
  del_page_from_free_list(c, zone, page, order);
  add_to_free_list(c, zone, page, order, mt);
}

function free_pages_of_block(c: Vcpu, first: Ptr): number {
  let free = 0;
  for (let i = 0; i < pageblock_nr_pages; ) {
    const page = nth_page(c, first, i);
    const n = PageBuddy(c, page) ? 1 << buddy_order(c, page) : 1;
    if (PageBuddy(c, page)) free += n;
    i += n;
  }
  return free;
}
