// SPDX-License-Identifier: GPL-2.0-only
/**
 * Memory management comes up: every part makes its singletons, in the order in which they need each other. For machines that run whole workloads
 * or scenarios; after start_kernel(), before the first task. Linux v6.6: mm/mm_init.c, mm_core_init(); the core and subsys initcalls.
 */

import { init_zero_pfn } from '../include/linux/pgtable/zero_pfn.ts';
import { vmstat_init } from '../include/linux/vmstat.ts';
import { mm_context_init } from '../kernel/fork/mm_alloc.ts';
import { init_jiffies } from '../kernel/time/jiffies.ts';
import type { Kernel } from '../kernel.ts';
import { init_fault_attr } from '../lib/fault-inject/should_fail.ts';
import { pagecache_init } from '../mm/filemap/folio_wait.ts';
import { hugepage_init } from '../mm/huge_memory/hugepage_init.ts';
import { init_transparent_hugepage } from '../mm/huge_memory/transparent_hugepage_flags.ts';
import { init_khugepaged } from '../mm/khugepaged/khugepaged_scan.ts';
import { mlock_init } from '../mm/mlock/mlock_batch.ts';
import { type MemoryMap, mem_init } from '../mm/page_alloc/mem_init.ts';
import { shmem_init } from '../mm/shmem/shmem_file_setup.ts';
import { kmem_cache_init } from '../mm/slub/kmem_cache_init.ts';
import { swap_setup } from '../mm/swap/swap_setup.ts';
import { swap_init } from '../mm/swapfile/swap_init.ts';
import { vm_accounting_init } from '../mm/util/__vm_enough_memory.ts';

/** @param memory how much RAM there is, and where */
export function mm_init(k: Kernel, memory: MemoryMap): void {
  vmstat_init(k);
  mem_init(k, memory);
  init_zero_pfn(k);
  kmem_cache_init(k);
  swap_setup(k);
  swap_init(k, (memory.swap ?? 0) >>> 12);
  mlock_init(k);
  vm_accounting_init(k, Math.floor((memory.bytes + (memory.swap ?? 0)) / 4096));
  mm_context_init(k);
  init_jiffies(k);
  init_fault_attr(k);
  init_transparent_hugepage(k);
  hugepage_init(k);
  init_khugepaged(k);
  pagecache_init(k);
  shmem_init(k);
}
