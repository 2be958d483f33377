// SPDX-License-Identifier: GPL-2.0-only
/**
 * The caches of a machine: a free list for each CPU and one that all share. Linux v6.6: mm/slub.c, kmem_cache_init(), struct kmem_cache_cpu,
 * struct kmem_cache_node; mm/slab_common.c, create_kmalloc_caches().
 */
import { allocObject } from '../../../../mmu/phys-mem.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { allCaches, type kmem_cache } from '../../include/linux/slab.ts';
import { type Kernel, newObject } from '../../kernel.ts';
import { at, atomic, ptr, struct } from '../../struct.ts';

/** Objects that were freed where no CPU was, by RCU callbacks. */
export const kmem_cache_node = struct('kmem_cache_node', { list_lock: atomic, freelist: ptr });
export const kmem_cache_cpu = struct('kmem_cache_cpu', { freelist: ptr });

/** A word for each cache: its node, and after it a kmem_cache_cpu for each CPU. */
export function kmem_cache_init(k: Kernel): void {
  const caches = allCaches();
  k.globals.kmem_caches = allocObject(k.m.mem, caches.length);
  for (const cache of caches) {
    const node = newObject(k, kmem_cache_node, `kmem_cache(${cache.name})`);
    k.m.mem.words[at(k.globals.kmem_caches, cache.id)] = node;
    for (let cpu = 0; cpu < k.m.cpus; cpu++) newObject(k, kmem_cache_cpu, `kmem_cache(${cache.name}).cpu${cpu}`);
  }
}

/** Fixed since boot: looked up past the race detector. */
export const node_of = (k: Kernel, cache: kmem_cache): Ptr => k.m.mem.words[at(k.globals.kmem_caches, cache.id)]! as Ptr;

export const cpu_slab = (k: Kernel, cache: kmem_cache, cpu: number): Ptr =>
  at(node_of(k, cache), kmem_cache_node.$words + cpu * 2 * kmem_cache_cpu.$words);
