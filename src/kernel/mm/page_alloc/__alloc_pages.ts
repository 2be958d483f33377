// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page allocator. Linux v6.6: mm/page_alloc.c, __alloc_pages(), get_page_from_freelist(), prep_new_page(), post_alloc_hook();
 * include/linux/gfp.h, alloc_pages(), alloc_page().
 *
 * A page comes with one reference, no mapping and, as every frame here, a kind: user memory if it is movable, else kernel data until its owner says
 * more. What it holds is what its last owner left, unless __GFP_ZERO.
 * left out: reclaim and compaction for a caller that may wait, watermarks, the OOM killer: what is not there is NULL.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { ANON, KERNEL, setFrame } from '../../../../mmu/frames.ts';
import { slotOfPageWord } from '../../../../mmu/phys-mem.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { __GFP_COMP, __GFP_HIGHMEM, __GFP_MOVABLE, __GFP_ZERO, gfp_migratetype } from '../../include/linux/gfp.ts';
import { clear_highpage } from '../../include/linux/highmem.ts';
import { nth_page, prep_compound_page } from '../../include/linux/mm/page.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { NR_FREE_PAGES, zone as struct_zone } from '../../include/linux/mmzone.ts';
import { count_vm_events, PGALLOC_HIGH, PGALLOC_NORMAL } from '../../include/linux/vmstat.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { rmqueue } from './rmqueue.ts';

/** Lowmem that requests for highmem leave alone: a 32nd of highmem, as lowmem_reserve_ratio has it. */
const lowmem_reserve_ratio = 32;

/** @returns the first of 2^order pages, or NULL */
export function* alloc_pages(c: Vcpu, gfp: number, order: number): Code<Ptr> {
  const { zone_normal, zone_highmem } = kernelOf(c).globals;
  const mt = gfp_migratetype(gfp);
  let page = NULL;
  if ((gfp & __GFP_HIGHMEM) !== 0 && zone_highmem !== NULL) {
    page = yield* rmqueue(c, zone_highmem, order, mt);
    if (page !== NULL) count_vm_events(c, PGALLOC_HIGH, 1 << order);
    else if (!lowmem_allows(c, zone_normal, zone_highmem, order)) return NULL;
  }
  if (page === NULL) {
    page = yield* rmqueue(c, zone_normal, order, mt);
    if (page === NULL) return NULL;
    count_vm_events(c, PGALLOC_NORMAL, 1 << order);
  }
  yield* prep_new_page(c, page, order, gfp);
  return page;
}

export function* alloc_page(c: Vcpu, gfp: number): Code<Ptr> {
  return yield* alloc_pages(c, gfp, 0);
}

/** The counter is rough, as Linux's is. */
function lowmem_allows(c: Vcpu, normal: Ptr, highmem: Ptr, order: number): boolean {
  const free = c.m.mem.words[at(normal, struct_zone.vm_stat + NR_FREE_PAGES)]!;
  return free - (1 << order) >= Math.floor(peek(c, at(highmem, struct_zone.managed_pages)) / lowmem_reserve_ratio);
}

function* prep_new_page(c: Vcpu, page: Ptr, order: number, gfp: number): Code {
  const kind = (gfp & __GFP_MOVABLE) !== 0 ? ANON : KERNEL;
  for (let i = 0; i < 1 << order; i++) {
    const p = nth_page(c, page, i);
    setFrame(c.m.mem, slotOfPageWord(c.m.mem, p), kind, NULL, 0);
    if ((gfp & __GFP_ZERO) !== 0) yield* clear_highpage(c, p);
  }
  poke(c, at(page, struct_page._refcount), 1);
  poke(c, at(page, struct_page.lru_next), 0);
  poke(c, at(page, struct_page.lru_prev), 0);
  if ((gfp & __GFP_COMP) !== 0 && order > 0) prep_compound_page(c, page, order);
}
