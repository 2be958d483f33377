// SPDX-License-Identifier: GPL-2.0-only
/** What of a machine's memory is in use: frames by what they are, objects of the kernel by their caches, swap. */
import { FRAME_KIND_NAMES, FREE, FREED, KERNEL, kindOfSlot } from '../../../mmu/frames.ts';
import { pageOfSlot } from '../../../mmu/phys-mem.ts';
import { FRAME_WORDS } from '../../../mmu/types.ts';
import { page } from '../../../src/kernel/include/linux/mm_types.ts';
import { allCaches, slab_stride } from '../../../src/kernel/include/linux/slab.ts';
import { SWAP_MAP_BAD, swap_info_struct } from '../../../src/kernel/include/linux/swap.ts';
import { huge_zero } from '../../../src/kernel/mm/huge_memory/huge_zero_page.ts';
import { cpu_slab, kmem_cache_node, node_of } from '../../../src/kernel/mm/slub/kmem_cache_init.ts';
import { lru_add_drain_all } from '../../../src/kernel/mm/swap/lru_add_drain.ts';
import type { World } from '../../../src/workload/world.ts';

const HUGE = 512;

/** Caches that keep what they have: nothing is lost by it. */
export function inUse(w: World): Record<string, number> {
  w.run(0, (c) => lru_add_drain_all(c));
  const { mem } = w.m;
  const { words } = mem;
  const used: Record<string, number> = {};
  const add = (what: string, n: number): void => {
    used[what] = (used[what] ?? 0) + n;
  };
  const caches = allCaches();
  for (let slot = 0; slot < mem.frames; slot++) {
    const kind = kindOfSlot(mem, slot);
    if (kind === FREE || kind === FREED) continue;
    const cache = kind === KERNEL ? caches[words[pageOfSlot(mem, slot) + page.private]! - 1] : undefined;
    if (cache === undefined) add(FRAME_KIND_NAMES[kind]!, 1);
    else add(cache.name, Math.floor(FRAME_WORDS / slab_stride(cache)));
  }
  for (const cache of caches) {
    const count = (first: number): void => {
      for (let object = first; object !== 0; object = words[object + cache.layout.$words]!) add(cache.name, -1);
    };
    count(words[node_of(w.k, cache) + kmem_cache_node.freelist]!);
    for (let cpu = 0; cpu < w.m.cpus; cpu++) count(words[cpu_slab(w.k, cache, cpu)]!);
  }
  countSwapDevice(w, add);
  const zero = w.k.globals.huge_zero;
  if (words[zero + huge_zero.page] !== 0) {
    add(FRAME_KIND_NAMES[KERNEL], -HUGE); // until somebody shrinks it
    add('references to the huge zero page', words[zero + huge_zero.refcount]! - 1);
  }
  return used;
}

/** The RAM disk keeps the frames that it has. */
function countSwapDevice(w: World, add: (what: string, n: number) => void): void {
  const { words } = w.m.mem;
  const si = w.k.globals.swap_info;
  if (si === 0) return;
  for (let i = 0; i < words[si + swap_info_struct.max]!; i++) {
    const value = words[words[si + swap_info_struct.swap_map]! + i]!;
    if (value !== 0 && value !== SWAP_MAP_BAD) add('swap slots', 1);
    if (words[words[si + swap_info_struct.brd_pages]! + i] !== 0) add(FRAME_KIND_NAMES[KERNEL], -1);
  }
}
