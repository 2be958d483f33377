// SPDX-License-Identifier: GPL-2.0-only
/**
 * The zones at boot. Linux v6.6: mm/mm_init.c, free_area_init(), mem_init(); arch/x86/mm/init_32.c, zone_sizes_init(); mm/page_alloc.c,
 * setup_per_cpu_pageset().
 *
 * Lowmem ends at 896 MiB; from 3 to 4 GiB there are devices; what does not fit below them lies above 4 GiB. A smaller lowmem can be asked for: then
 * all highmem lies above 4 GiB, so that even a small machine has frames whose entries have a high word. The first 4 MiB are the kernel's own.
 *
 * A machine that is explored (config.quarantine) has struct pages for all of its memory from the start, and every CPU has its share of free pages on
 * lists of its own: with those, CPUs that allocate share nothing.
 */
import { writeWord } from '../../../../mmu/journal.ts';
import { PAGE_WORDS } from '../../../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../../../mmu/types.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import {
  HIGHMEM_START,
  MAX_ORDER,
  MAX_ORDER_NR_PAGES,
  MIGRATE_MOVABLE,
  MIGRATE_PCPTYPES,
  MIGRATE_UNMOVABLE,
  NR_FREE_PAGES,
  NR_PCP_LISTS,
  pageblock_nr_pages,
  per_cpu_pages,
  zone as struct_zone,
} from '../../include/linux/mmzone.ts';
import { PG_buddy } from '../../include/linux/page-flags-bits.ts';
import { type Kernel, newObject } from '../../kernel.ts';
import { at, struct } from '../../struct.ts';
import { free_list } from './free_area.ts';
import { PCP_BATCH, pcp_list } from './rmqueue.ts';
import { back_block, next_block } from './take_unused.ts';

/** RAM of a machine. */
export interface MemoryMap {
  bytes: number;
  /** How much of it is lowmem, in bytes; absent: as much as there is, up to 896 MiB. */
  lowmem?: number;
  /** Size of the swap device, a RAM disk; absent: there is none. */
  swap?: number;
}

const HOLE_START = 0xc0000;
const HOLE_END = 0x100000;
const frames = (bytes: number): number => Math.floor(bytes / (4096 * MAX_ORDER_NR_PAGES)) * MAX_ORDER_NR_PAGES;

/** @throws RangeError for less than 8 MiB, or more than 2^43 bytes */
export function mem_init(k: Kernel, memory: MemoryMap): void {
  const total = frames(memory.bytes);
  if (total < 2 * MAX_ORDER_NR_PAGES || memory.bytes > 2 ** 43) throw new RangeError(`no machine has ${memory.bytes} bytes of memory`);
  const low = memory.lowmem === undefined ? Math.min(total, HIGHMEM_START) : frames(memory.lowmem);
  const high = total - low;
  k.globals.zone_normal = init_zone(k, 'zone Normal', [
    MAX_ORDER_NR_PAGES,
    memory.lowmem === undefined ? low : low + MAX_ORDER_NR_PAGES,
    0,
    0,
  ]);
  if (high > 0) {
    const below = memory.lowmem === undefined ? Math.min(high, HOLE_START - HIGHMEM_START) : 0;
    const above = high - below;
    k.globals.zone_highmem = init_zone(k, 'zone HighMem', [
      HIGHMEM_START,
      HIGHMEM_START + below,
      above > 0 ? HOLE_END : 0,
      above > 0 ? HOLE_END + above : 0,
    ]);
  }
  if (k.config.quarantine === true) prefill(k);
}

type Range = readonly [number, number, number, number];

function init_zone(k: Kernel, label: string, range: Range): Ptr {
  const { mem, cpus } = k.m;
  const zone = newObject(k, struct_zone, label);
  const pages = range[1] - range[0] + range[3] - range[2];
  for (let i = 0; i < range.length; i++) writeWord(mem, at(zone, struct_zone.range + i), range[i]!);
  writeWord(mem, at(zone, struct_zone.mark), range[3] !== 0 ? range[3] : range[1]);
  writeWord(mem, at(zone, struct_zone.unused), pages);
  writeWord(mem, at(zone, struct_zone.managed_pages), pages);
  writeWord(mem, at(zone, struct_zone.vm_stat + NR_FREE_PAGES), pages);
  for (let order = 0; order <= MAX_ORDER; order++) {
    for (let mt = 0; mt < MIGRATE_PCPTYPES; mt++) empty(k, free_list(zone, order, mt));
  }
  const pageset = newObject(k, struct('pageset', { of_cpu: per_cpu_pages.$words * cpus }), `${label}.pageset`);
  writeWord(mem, at(zone, struct_zone.per_cpu_pageset), pageset);
  for (let cpu = 0; cpu < cpus; cpu++) {
    for (let i = 0; i < NR_PCP_LISTS; i++) empty(k, at(pageset, cpu * per_cpu_pages.$words + per_cpu_pages.lists + i * 2));
  }
  return zone;
}

function empty(k: Kernel, head: Ptr): void {
  writeWord(k.m.mem, head, head);
  writeWord(k.m.mem, at(head, 1), head);
}

function append(k: Kernel, head: Ptr, page: Ptr): void {
  const { mem } = k.m;
  const entry = at(page, struct_page.lru_next);
  const last = mem.words[head + 1]! as Ptr;
  writeWord(mem, last, entry);
  writeWord(mem, entry, head);
  writeWord(mem, at(entry, 1), last);
  writeWord(mem, at(head, 1), entry);
}

/** The first block of each zone in single pages to the CPUs, and of the rest one huge page each; the free lists get what is left. */
function prefill(k: Kernel): void {
  const { zone_normal, zone_highmem } = k.globals;
  for (const zone of [zone_normal, zone_highmem]) {
    if (zone === NULL) continue;
    const blocks = all_blocks(k, zone);
    const singles = deal_singles(k, zone, blocks[0]!);
    for (let i = singles; i < MAX_ORDER_NR_PAGES; ) i += free_at_boot(k, zone, blocks[0]!, i);
    for (let i = 1; i < blocks.length; i++) {
      if (i <= k.m.cpus) deal_huge(k, zone, blocks[i]!, i - 1);
      else free_at_boot(k, zone, blocks[i]!, 0);
    }
  }
}

function all_blocks(k: Kernel, zone: Ptr): Ptr[] {
  const { mem } = k.m;
  const lowerEnd = mem.words[at(zone, struct_zone.range + 1)]!;
  const upperStart = mem.words[at(zone, struct_zone.range + 2)]!;
  const blocks: Ptr[] = [];
  let mark = mem.words[at(zone, struct_zone.mark)]! >>> 0;
  for (let unused = mem.words[at(zone, struct_zone.unused)]! >>> 0; unused > 0; unused -= MAX_ORDER_NR_PAGES) {
    mark = next_block(mark, upperStart, lowerEnd);
    const page = back_block(mem, mark as Pfn);
    if (page === NULL) throw new RangeError('the host has no room for the memory of this machine');
    blocks.push(page);
  }
  writeWord(mem, at(zone, struct_zone.mark), mark);
  writeWord(mem, at(zone, struct_zone.unused), 0);
  return blocks;
}

const nth = (page: Ptr, n: number): Ptr => (page + n * PAGE_WORDS) as Ptr;

const pcp_of = (k: Kernel, zone: Ptr, cpu: number): Ptr =>
  at(k.m.mem.words[at(zone, struct_zone.per_cpu_pageset)]! as Ptr, cpu * per_cpu_pages.$words);

/** A batch for each CPU and mobility. @returns how many pages of the block are gone */
function deal_singles(k: Kernel, zone: Ptr, block: Ptr): number {
  const each = Math.min(PCP_BATCH, Math.floor(MAX_ORDER_NR_PAGES / (2 * k.m.cpus)));
  let i = 0;
  for (let cpu = 0; cpu < k.m.cpus; cpu++) {
    const pcp = pcp_of(k, zone, cpu);
    for (const mt of [MIGRATE_UNMOVABLE, MIGRATE_MOVABLE]) {
      for (let n = 0; n < each; n++) append(k, pcp_list(pcp, 0, mt), nth(block, i++));
    }
    writeWord(k.m.mem, at(pcp, per_cpu_pages.count), 2 * each);
  }
  return i;
}

function deal_huge(k: Kernel, zone: Ptr, block: Ptr, cpu: number): void {
  const pcp = pcp_of(k, zone, cpu);
  for (let i = 0; i < MAX_ORDER_NR_PAGES; i += pageblock_nr_pages) append(k, pcp_list(pcp, 9, MIGRATE_MOVABLE), nth(block, i));
  const count = at(pcp, per_cpu_pages.count);
  writeWord(k.m.mem, count, k.m.mem.words[count]! + MAX_ORDER_NR_PAGES);
}

/** The greatest aligned block from the i-th page on. @returns its pages */
function free_at_boot(k: Kernel, zone: Ptr, block: Ptr, i: number): number {
  const { mem } = k.m;
  let order = 0;
  while (order < MAX_ORDER && (i & ((2 << order) - 1)) === 0 && i + (2 << order) <= MAX_ORDER_NR_PAGES) order++;
  const page = nth(block, i);
  writeWord(mem, at(page, struct_page.flags), 1 << PG_buddy);
  writeWord(mem, at(page, struct_page.private), order);
  append(k, free_list(zone, order, MIGRATE_MOVABLE), page);
  const nr_free = at(zone, struct_zone.nr_free + order);
  writeWord(mem, nr_free, mem.words[nr_free]! + 1);
  return 1 << order;
}
