// SPDX-License-Identifier: GPL-2.0-only
/**
 * Counting. Linux v6.6: include/linux/vmstat.h, count_vm_event(), mod_node_page_state(), mod_zone_page_state(), global_node_page_state();
 * mm/vmstat.c.
 *
 * One word a counter instead of one a CPU and a fold: an addition is one step past the store buffer (cpu/tally.ts), which nothing under study reads.
 * Machines without memory management (the retract scenarios) count nothing.
 */
import { tally } from '../../../../cpu/tally.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_NR } from '../../arch/x86/include/asm/pgtable_types.ts';
import { type Kernel, kernelOf, newObject } from '../../kernel.ts';
import { at, struct } from '../../struct.ts';
import { zone as struct_zone } from './mmzone.ts';
import { NR_VM_EVENT_ITEMS, NR_VM_NODE_STAT_ITEMS, node_stat_text, vm_event_text } from './vmstat-items.ts';

export * from './vmstat-items.ts';

const vmstat = struct('vmstat', { vm_event: NR_VM_EVENT_ITEMS, vm_node_stat: NR_VM_NODE_STAT_ITEMS });

export function vmstat_init(k: Kernel): void {
  k.globals.vmstat = newObject(k, vmstat, 'vmstat');
}

export function count_vm_events(c: Vcpu, item: number, n: number): void {
  const base = kernelOf(c).globals.vmstat;
  if (base !== 0) tally(c, at(base, vmstat.vm_event + item), n);
}

export function count_vm_event(c: Vcpu, item: number): void {
  count_vm_events(c, item, 1);
}

/** In pages, for every item. */
export function mod_node_page_state(c: Vcpu, item: number, n: number): void {
  const base = kernelOf(c).globals.vmstat;
  if (base !== 0) tally(c, at(base, vmstat.vm_node_stat + item), n);
}

export function mod_zone_page_state(c: Vcpu, zone: Ptr, item: number, n: number): void {
  tally(c, at(zone, struct_zone.vm_stat + item), n);
}

/** May be read by reports, and where Linux too takes a rough number. */
export const global_node_page_state = (c: Vcpu, item: number): number =>
  c.m.mem.words[at(kernelOf(c).globals.vmstat, vmstat.vm_node_stat + item)]!;

/** Every counter by its name in /proc/vmstat, zone counters included. */
export function vmstat_show(k: Kernel): Map<string, number> {
  const { words } = k.m.mem;
  const shown = new Map<string, number>();
  const { zone_normal, zone_highmem } = k.globals;
  let mlock = 0;
  let free = 0;
  for (const z of [zone_normal, zone_highmem]) {
    if (z === 0) continue;
    free += words[at(z, struct_zone.vm_stat)]!;
    mlock += words[at(z, struct_zone.vm_stat + 1)]!;
  }
  shown.set('nr_free_pages', free);
  shown.set('nr_mlock', mlock);
  for (const [i, text] of node_stat_text.entries()) {
    // vmstat_item_print_in_thp(): huge pages are counted in small ones, and shown as huge ones.
    const unit = /hugepages|pmdmapped/.test(text) ? HPAGE_PMD_NR : 1;
    shown.set(text, words[at(k.globals.vmstat, vmstat.vm_node_stat + i)]! / unit);
  }
  for (const [i, text] of vm_event_text.entries()) shown.set(text, words[at(k.globals.vmstat, vmstat.vm_event + i)]!);
  return shown;
}
