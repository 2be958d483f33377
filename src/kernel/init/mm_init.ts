// SPDX-License-Identifier: GPL-2.0-only
/**
 * Memory management comes up: every part makes its singletons, in the order in which they need each other. For machines that run whole workloads
 * or scenarios; after start_kernel(), before the first task. Linux v6.6: mm/mm_init.c, mm_core_init(); the core and subsys initcalls.
 */

import { vmstat_init } from '../include/linux/vmstat.ts';
import type { Kernel } from '../kernel.ts';
import { type MemoryMap, mem_init } from '../mm/page_alloc/mem_init.ts';
import { kmem_cache_init } from '../mm/slub/kmem_cache_init.ts';
import { swap_setup } from '../mm/swap/swap_setup.ts';

/** @param memory how much RAM there is, and where */
export function mm_init(k: Kernel, memory: MemoryMap): void {
  vmstat_init(k);
  mem_init(k, memory);
  kmem_cache_init(k);
  swap_setup(k);
}
