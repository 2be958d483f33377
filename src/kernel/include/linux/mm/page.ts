// SPDX-License-Identifier: GPL-2.0-only
/**
 * From frames to their struct pages and back, and compound pages. Linux v6.6: include/asm-generic/memory_model.h (page_to_pfn(), pfn_to_page(), as with
 * CONFIG_FLATMEM), include/linux/page-flags.h (compound_head()), include/linux/mm.h (compound_order(), nth_page()), mm/page_alloc.c
 * (prep_compound_page()).
 *
 * The frames of a 4 MiB block have consecutive slots, so that the next page's struct follows.
 * left out: page flags that tell the zone: the frame number does.
 */
import { load, peek, poke } from '../../../../../cpu/ops.ts';
import { violate } from '../../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import { frameOfSlot, PAGE_WORDS, pageOfSlot, pfnOfSlot, slotOf, slotOfPageWord } from '../../../../../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../../../../../mmu/types.ts';
import { at } from '../../../struct.ts';
import { page as struct_page } from '../mm_types.ts';
import { PG_head } from '../page-flags-bits.ts';

export const page_to_pfn = (c: Vcpu, page: Ptr): Pfn => pfnOfSlot(c.m.mem, slotOfPageWord(c.m.mem, page));

/** A frame that no struct page exists for is a finding: nothing may point to it. */
export function pfn_to_page(c: Vcpu, pfn: Pfn): Ptr {
  const slot = slotOf(c.m.mem, pfn);
  if (slot < 0) violate(c, 'wrong-frame', `frame 0x${pfn.toString(16).padStart(6, '0')}: there is no memory`);
  return pageOfSlot(c.m.mem, slot);
}

/** First word of a page's frame: where kmap_local_page() lets the kernel see it. */
export const page_address = (c: Vcpu, page: Ptr): Ptr => frameOfSlot(c.m.mem, slotOfPageWord(c.m.mem, page));

/** The struct page of the frame that a word lies in. Linux v6.6: virt_to_page(). */
export const virt_to_page = (c: Vcpu, p: Ptr): Ptr => {
  const { mem } = c.m;
  return pageOfSlot(mem, ((p - mem.frameBase) / 1024) | 0);
};

export const nth_page = (_c: Vcpu, page: Ptr, n: number): Ptr => (page + n * PAGE_WORDS) as Ptr;
/** How many pages `page` comes after `head`. */
export const folio_page_idx = (_c: Vcpu, head: Ptr, page: Ptr): number => (page - head) / PAGE_WORDS;

/** The head of a compound page; any other page is its own. A page may be split or freed meanwhile, unless a reference is held. */
export function* compound_head(c: Vcpu, page: Ptr): Code<Ptr> {
  const head = yield* load(c, at(page, struct_page.compound_head));
  return ((head & 1) !== 0 ? head - 1 : page) as Ptr;
}

export const page_folio = compound_head;

/** Of a head page that cannot go away; 0 for a single page. */
export const compound_order = (c: Vcpu, page: Ptr): number => peek(c, at(page, struct_page.compound_order));
export const compound_nr = (c: Vcpu, page: Ptr): number => 1 << compound_order(c, page);
export const folio_nr_pages = compound_nr;
/** Nobody else knows the page yet. */
export function prep_compound_page(c: Vcpu, page: Ptr, order: number): void {
  poke(c, at(page, struct_page.flags), peek(c, at(page, struct_page.flags)) | (1 << PG_head));
  for (let i = 1; i < 1 << order; i++) poke(c, at(nth_page(c, page, i), struct_page.compound_head), page + 1);
  poke(c, at(page, struct_page.compound_order), order);
  poke(c, at(page, struct_page._entire_mapcount), -1);
  poke(c, at(page, struct_page._nr_pages_mapped), 0);
  poke(c, at(page, struct_page._pincount), 0);
  if (order > 1) poke(c, at(nth_page(c, page, 2), struct_page.lru_next), 0);
}
