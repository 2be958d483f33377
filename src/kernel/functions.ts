// SPDX-License-Identifier: GPL-2.0-only
/**
 * The functions of the port that a scenario may replace by its own, without a fork of the rest. The port calls them through the kernel's
 * table and nowhere else.
 */
import { pmdp_get_lockless_sync } from './include/linux/pgtable/pmdp_get_lockless.ts';
import { retract_page_tables } from './mm/khugepaged/retract_page_tables.ts';
import { pmdp_collapse_flush, pte_free_defer } from './mm/pgtable-generic/pmdp_collapse_flush.ts';

export const kernelFns = { retract_page_tables, pmdp_collapse_flush, pmdp_get_lockless_sync, pte_free_defer };

export type KernelFns = typeof kernelFns;
