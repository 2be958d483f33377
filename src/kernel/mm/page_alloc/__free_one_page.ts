// SPDX-License-Identifier: GPL-2.0-only
/**
 * A free block joins its buddy, and what they make joins its own. Linux v6.6: mm/page_alloc.c, __free_one_page(), page_is_buddy();
 * mm/internal.h, __find_buddy_pfn(). Under zone->lock.
 * left out: the choice of the tail for a block that may soon merge; isolated pageblocks, whose pages never merge.
 */
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { pageOfSlot, slotOf } from '../../../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../../../mmu/types.ts';
import { page_to_pfn, pfn_to_page } from '../../include/linux/mm/page.ts';
import { MAX_ORDER } from '../../include/linux/mmzone.ts';
import {
  add_to_free_list,
  buddy_order,
  count_free_pages,
  del_page_from_free_list,
  get_pageblock_migratetype,
  PageBuddy,
} from './free_area.ts';

export function __free_one_page(c: Vcpu, zone: Ptr, page: Ptr, order: number): void {
  count_free_pages(c, zone, 1 << order);
  let block = page;
  let size = order;
  for (; size < MAX_ORDER; size++) {
    const pfn = page_to_pfn(c, block);
    const buddy = find_buddy_page(c, (pfn ^ (1 << size)) as Pfn);
    if (buddy === NULL || !PageBuddy(c, buddy) || buddy_order(c, buddy) !== size) break;
    del_page_from_free_list(c, zone, buddy, size);
    block = pfn_to_page(c, (pfn & ~(1 << size)) as Pfn);
  }
  add_to_free_list(c, zone, block, size, get_pageblock_migratetype(c, block));
}

function find_buddy_page(c: Vcpu, pfn: Pfn): Ptr {
  const slot = slotOf(c.m.mem, pfn);
  return slot < 0 ? NULL : pageOfSlot(c.m.mem, slot);
}
