// SPDX-License-Identifier: GPL-2.0-only
/**
 * Memory that nobody has touched yet. Linux puts all of it on the free lists at boot (mm/page_alloc.c, __free_pages_core(); mm/mm_init.c,
 * memmap_init()); a machine of 64 GiB would be a long time about it. Here a zone hands it to its free lists block by block, from the top, when they
 * run dry: what is beyond the mark is free, has no struct page and costs nothing.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { writeWord } from '../../../../mmu/journal.ts';
import { backFrame, type PhysMem, pageOfSlot } from '../../../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../../../mmu/types.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { MAX_ORDER, MAX_ORDER_NR_PAGES, MIGRATE_MOVABLE, zone as struct_zone } from '../../include/linux/mmzone.ts';
import type { Kernel } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { add_to_free_list } from './free_area.ts';

/** Frames and struct pages for a whole block, one after the other. @returns the first page, or NULL: the host has no room for more */
export function back_block(mem: PhysMem, pfn: Pfn): Ptr {
  if (mem.frames + MAX_ORDER_NR_PAGES > mem.pfns.length) return NULL;
  const first = backFrame(mem, pfn);
  for (let i = 0; i < MAX_ORDER_NR_PAGES; i++) {
    const page = pageOfSlot(mem, backFrame(mem, (pfn + i) as Pfn));
    writeWord(mem, at(page, struct_page._mapcount), -1);
    writeWord(mem, at(page, struct_page._entire_mapcount), -1);
  }
  return pageOfSlot(mem, first);
}

/** Where the next block begins, given the mark: in the upper range of the zone first. */
export const next_block = (mark: number, upperStart: number, lowerEnd: number): number =>
  (mark === upperStart ? lowerEnd : mark) - MAX_ORDER_NR_PAGES;

/** How much of all memory nobody has touched yet, in pages. */
export function unused_pages(k: Kernel): number {
  let pages = 0;
  for (const zone of [k.globals.zone_normal, k.globals.zone_highmem]) if (zone !== NULL) pages += k.m.mem.words[zone + struct_zone.unused]!;
  return pages;
}

/** Under zone->lock. @returns whether there was a block to take */
export function take_unused(c: Vcpu, zone: Ptr): boolean {
  const unused = peek(c, at(zone, struct_zone.unused));
  if (unused === 0) return false;
  const range = at(zone, struct_zone.range);
  const mark = at(zone, struct_zone.mark);
  const pfn = next_block(peek(c, mark), peek(c, at(range, 2)), peek(c, at(range, 1)));
  const page = back_block(c.m.mem, pfn as Pfn);
  if (page === NULL) return false;
  poke(c, mark, pfn);
  poke(c, at(zone, struct_zone.unused), unused - MAX_ORDER_NR_PAGES);
  add_to_free_list(c, zone, page, MAX_ORDER, MIGRATE_MOVABLE);
  return true;
}
