// SPDX-License-Identifier: GPL-2.0-only
/**
 * Zones, their free lists, and the lists of pages in use. Linux v6.6: include/linux/mmzone.h, struct zone, free_area, per_cpu_pages, lruvec;
 * include/linux/pageblock-flags.h.
 * left out: ZONE_DMA (in ZONE_NORMAL here), ZONE_MOVABLE, CMA, isolation, watermarks other than "one page is left".
 */
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { kernelOf } from '../../kernel.ts';
import { at, atomic, ptr, struct, word } from '../../struct.ts';
import { page_to_pfn } from './mm/page.ts';

export const MAX_ORDER = 10;
/** Pages of the greatest block. */
export const MAX_ORDER_NR_PAGES = 1 << MAX_ORDER;
export const pageblock_order = 9;
export const pageblock_nr_pages = 1 << pageblock_order;

export const MIGRATE_UNMOVABLE = 0;
export const MIGRATE_MOVABLE = 1;
export const MIGRATE_RECLAIMABLE = 2;
export const MIGRATE_PCPTYPES = 3;

/** Indexes of zone.vm_stat. */
export const NR_FREE_PAGES = 0;
export const NR_MLOCK = 1;
export const NR_VM_ZONE_STAT_ITEMS = 2;

/** First frame above lowmem: 896 MiB. */
export const HIGHMEM_START = 0x38000;

/** Words of two cache lines: what different CPUs write is kept so far apart. Linux v6.6: CACHELINE_PADDING(), ____cacheline_aligned_in_smp. */
const CACHELINE = 32;

export const zone = struct('zone', {
  /** First per_cpu_pages; one for each CPU, one after the other. */
  per_cpu_pageset: ptr,
  managed_pages: word,
  /** Up to two ranges of frames, first and one past the last. */
  range: 4,
  _pad1_: CACHELINE,
  lock: atomic,
  /** Frames at and above this one (below it in ZONE_NORMAL) have been given to the free lists; those beyond are free and have no struct page yet. */
  mark: word,
  /** How many lie beyond. */
  unused: word,
  /** Heads of the free lists, by order and migratetype: next and prev of each. */
  free_area: (MAX_ORDER + 1) * MIGRATE_PCPTYPES * 2,
  nr_free: MAX_ORDER + 1,
  _pad2_: CACHELINE,
  vm_stat: NR_VM_ZONE_STAT_ITEMS,
});

/** Lists by migratetype: first of single pages, then of huge ones. */
export const NR_PCP_LISTS = 2 * MIGRATE_PCPTYPES;

export const per_cpu_pages = struct('per_cpu_pages', {
  /** Pages, not blocks. */
  count: word,
  lists: NR_PCP_LISTS * 2,
  _pad_: CACHELINE - 1 - NR_PCP_LISTS * 2,
});

export const LRU_INACTIVE_ANON = 0;
export const LRU_ACTIVE_ANON = 1;
export const LRU_INACTIVE_FILE = 2;
export const LRU_ACTIVE_FILE = 3;
export const LRU_UNEVICTABLE = 4;
export const NR_LRU_LISTS = 5;

export const lruvec = struct('lruvec', {
  _pad_: CACHELINE,
  lru_lock: atomic,
  lists: NR_LRU_LISTS * 2,
});

/** The zone that a page lies in. */
export const page_zone = (c: Vcpu, page: Ptr): Ptr => {
  const { globals } = kernelOf(c);
  const highmem = globals.zone_highmem;
  return highmem !== 0 && page_to_pfn(c, page) >= highmem_first(c, highmem) ? highmem : globals.zone_normal;
};

const highmem_first = (c: Vcpu, highmem: Ptr): number => c.m.mem.words[at(highmem, zone.range)]! >>> 0;
