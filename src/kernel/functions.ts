// SPDX-License-Identifier: GPL-2.0-only
/**
 * The functions of the port that a scenario or a shootdown policy may replace by its own, without a fork of the rest. The port calls them through
 * the kernel's table and nowhere else.
 */
import { ptep_clear_flush_young } from './arch/x86/include/asm/pgtable/ptep.ts';
import { flush_tlb_everywhere } from './arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { pmdp_get_lockless_sync } from './include/linux/pgtable/pmdp_get_lockless.ts';
import { scheduler_tick } from './kernel/sched/scheduler_tick.ts';
import { retract_page_tables } from './mm/khugepaged/retract_page_tables.ts';
import { mmap_reuses } from './mm/mmap/mmap_region.ts';
import { tlb_flush_mmu } from './mm/mmu_gather/tlb_gather_mmu.ts';
import { pmdp_collapse_flush, pte_free_defer } from './mm/pgtable-generic/pmdp_collapse_flush.ts';

/** What a policy is made of: src/kernel/policy.ts says when each is called. */
export const policyFns = { flush_tlb_everywhere, tlb_flush_mmu, ptep_clear_flush_young, mmap_reuses, scheduler_tick };

export type PolicyFns = typeof policyFns;

export const kernelFns = { retract_page_tables, pmdp_collapse_flush, pmdp_get_lockless_sync, pte_free_defer, ...policyFns };

export type KernelFns = typeof kernelFns;
