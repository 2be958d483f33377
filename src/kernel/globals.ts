// SPDX-License-Identifier: GPL-2.0-only
/**
 * The kernel's singletons: objects that Linux has as static variables. Each is made at boot by the init function of the file that has it; NULL on
 * a machine that was set up without it. See init/mm_init.ts for the order.
 */
import { NULL } from '../../mmu/types.ts';

const globals = {
  /** struct zone: lowmem, and what lies above it. */
  zone_normal: NULL,
  zone_highmem: NULL,
  /** struct lruvec of the one node. */
  lruvec: NULL,
  /** vm_event_states and vm_node_stat: statistics. */
  vmstat: NULL,
  /** First struct lru_pvecs; one for each CPU, one after the other. */
  lru_pvecs: NULL,
  /** struct kmem_cache_node of each cache, by its number. */
  kmem_caches: NULL,
  /** Switches of transparent huge pages, and what mm/khugepaged.c keeps. */
  transparent_hugepage: NULL,
  khugepaged: NULL,
  /** The huge zero page, and huge pages that wait to be split. */
  huge_zero: NULL,
  deferred_split: NULL,
  /** super_block of the tmpfs that memfd and shared anonymous memory lie in. */
  shm_mnt: NULL,
  /** Tasks that wait for a folio. */
  folio_wait_table: NULL,
  /** struct timekeeping: jiffies. */
  time: NULL,
  /** struct fault_attr: what is made to fail. */
  fault_attr: NULL,
  /** struct swap_info_struct of the one swap device. */
  swap_info: NULL,
  /** Pages that mappings could need; how many address spaces there have been. */
  vm_accounting: NULL,
  mm_context: NULL,
  /** struct mlock_fbatch of each CPU. */
  mlock_fbatches: NULL,
};

export type Globals = typeof globals;

export const createGlobals = (): Globals => ({ ...globals });
