// SPDX-License-Identifier: GPL-2.0-only
/**
 * How many frames are used for what, and whether every one that is free can be had: that none is lost between the lists of the page allocator. Linux v6.6:
 * mm/page_alloc.c.
 */
import { FREE, kindOfSlot } from '../../mmu/frames.ts';
import { NR_FREE_PAGES, per_cpu_pages, zone as struct_zone } from '../kernel/include/linux/mmzone.ts';
import type { Kernel } from '../kernel/kernel.ts';

/** Frames of each kind, by mmu/frames; those that have never been touched count as free. */
export function framesByKind({ m }: Kernel): number[] {
  const counts: number[] = [];
  for (let slot = 0; slot < m.mem.frames; slot++) {
    const kind = kindOfSlot(m.mem, slot);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

/** Of a machine all of whose RAM is backed. @returns what is wrong, one line each */
export function auditFree(k: Kernel): string[] {
  const { words } = k.m.mem;
  let pages = 0;
  for (const zone of [k.globals.zone_normal, k.globals.zone_highmem]) {
    if (zone === 0) continue;
    pages += words[zone + struct_zone.vm_stat + NR_FREE_PAGES]!;
    const first = words[zone + struct_zone.per_cpu_pageset]!;
    for (let cpu = 0; cpu < k.m.cpus; cpu++) pages += words[first + cpu * per_cpu_pages.$words + per_cpu_pages.count]!;
  }
  const free = framesByKind(k)[FREE] ?? 0;
  return free === pages ? [] : [`${free} frames are free, and the page allocator has ${pages}`];
}
