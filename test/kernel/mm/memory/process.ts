// SPDX-License-Identifier: GPL-2.0-only
/** A process on a direct machine's CPU 0, and what one may ask about it. */
import { peek } from '../../../../cpu/ops.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { user_store } from '../../../../src/kernel/arch/x86/mm/fault/exc_page_fault.ts';
import { switch_mm } from '../../../../src/kernel/arch/x86/mm/tlb/switch_mm.ts';
import { get_mm_counter } from '../../../../src/kernel/include/linux/mm/mm_counter.ts';
import { mm_struct } from '../../../../src/kernel/include/linux/mm_types.ts';
import { NR_FREE_PAGES, per_cpu_pages, zone } from '../../../../src/kernel/include/linux/mmzone.ts';
import { MAP_ANONYMOUS, MAP_FIXED, MAP_PRIVATE, PROT_READ, PROT_WRITE } from '../../../../src/kernel/include/uapi/asm-generic/mman.ts';
import { dup_mm } from '../../../../src/kernel/kernel/fork/dup_mm.ts';
import { mm_alloc } from '../../../../src/kernel/kernel/fork/mm_alloc.ts';
import { mmput } from '../../../../src/kernel/kernel/fork/mmput.ts';
import { vm_mmap_pgoff } from '../../../../src/kernel/mm/mmap/do_mmap.ts';
import { do_munmap } from '../../../../src/kernel/mm/mmap/do_munmap.ts';
import { lru_add_drain_all } from '../../../../src/kernel/mm/swap/lru_add_drain.ts';
import { at } from '../../../../src/kernel/struct.ts';
import type { DirectMachine } from '../../direct-machine.ts';

export const H0 = 0x40000000;

/** Its tables are loaded from now on. */
export function use(d: DirectMachine, mm: Ptr): void {
  d.run((c) => switch_mm(c, NULL, mm));
}

export function newProcess(d: DirectMachine): Ptr {
  const mm = d.run((c) => mm_alloc(c));
  use(d, mm);
  return mm;
}

export function fork(d: DirectMachine, parent: Ptr): Ptr {
  return d.run((c) => dup_mm(c, parent));
}

export function exit(d: DirectMachine, mm: Ptr): void {
  use(d, d.k.init_mm);
  d.run((c) => mmput(c, mm));
}

/** A private writable mapping of `pages` pages. */
export function anonymous(d: DirectMachine, mm: Ptr, addr: number, pages: number): void {
  d.run((c) => vm_mmap_pgoff(c, mm, NULL, addr, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, 0));
}

export function unmap(d: DirectMachine, mm: Ptr, addr: number, len: number): void {
  d.run((c) => do_munmap(c, mm, addr, len));
}

export const counter = (d: DirectMachine, mm: Ptr, member: number): number => get_mm_counter(d.m.contexts[0]!, mm, member);
export const tableBytes = (d: DirectMachine, mm: Ptr): number => peek(d.m.contexts[0]!, at(mm, mm_struct.pgtables_bytes));

/** Free pages of the machine, those in the lists of CPUs too. */
export function freePages(d: DirectMachine): number {
  d.run((c) => lru_add_drain_all(c));
  const { zone_normal, zone_highmem } = d.k.globals;
  const { words } = d.m.mem;
  const free = (z: Ptr): number => {
    if (z === NULL) return 0;
    const pageset = words[at(z, zone.per_cpu_pageset)]! as Ptr;
    let n = words[at(z, zone.vm_stat + NR_FREE_PAGES)]!;
    for (let cpu = 0; cpu < d.m.cpus; cpu++) n += words[at(pageset, cpu * per_cpu_pages.$words + per_cpu_pages.count)]!;
    return n;
  };
  return free(zone_normal) + free(zone_highmem);
}

/** Makes caches that keep their frames have them. */
export function usePages(d: DirectMachine): void {
  const mm = newProcess(d);
  anonymous(d, mm, H0, 8);
  for (let i = 0; i < 8; i++) d.run((c) => user_store(c, mm, H0 + i * 4096, i));
  const child = fork(d, mm);
  exit(d, child);
  exit(d, mm);
}
