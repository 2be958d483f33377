// SPDX-License-Identifier: GPL-2.0-only
/**
 * The public API: what a scenario of one's own is written with, and what checks it.
 */

// A vCPU and what it can do.
export type { Always } from '../cpu/always.ts';
export { defer, sectionBegin, sectionEnd } from '../cpu/deferred.ts';
export { entryReadBegin, entryReadEnd, entryUse } from '../cpu/entry-read.ts';
export { cli, hlt, sendIpi, sendIpiX2apic, sti, stiHlt } from '../cpu/interrupts.ts';
export { invlpgb, tlbsync } from '../cpu/invlpgb.ts';
export type { Machine } from '../cpu/machine.ts';
export {
  assume,
  choose,
  cmpxchg,
  cmpxchg8b,
  cpuRelax,
  fillRange,
  load,
  load64,
  mfence,
  peek,
  poke,
  rmw,
  store,
  store64,
  storeHalf,
  update,
  waitLoad,
  waitRmw,
  waitUpdate,
  xchg64,
} from '../cpu/ops.ts';
export { violate, witness } from '../cpu/report.ts';
export { ADD, AND, OR, type RmwFn, XCHG, XOR } from '../cpu/rmw.ts';
export { invlpg, loadLinear, readCr3, storeLinear, writeCr3 } from '../cpu/translate.ts';
export type { Code, Vcpu } from '../cpu/vcpu.ts';
export { Defect, type Violation, type ViolationKind } from '../cpu/violation.ts';
export { entryPfn, NX_HIGH, PAGE_SIZE_2M, PRESENT, pfnHigh, pfnLow, USER, WRITE } from '../mmu/entry.ts';
export { ANON, FILE, FREED, KERNEL, kindOfSlot, PGD, PMD_TABLE, PTE_TABLE, setFrame } from '../mmu/frames.ts';
export { backFrame, frameOfSlot, pfnOfSlot, slotOf } from '../mmu/phys-mem.ts';
// Memory.
export { FRAME_WORDS, NULL, type Pfn, type Ptr } from '../mmu/types.ts';
// Checks.
export { type Cell, makeCell, startsOf } from './check/cell.ts';
export { type CheckOptions, checkCell, type Limits, type Verdict } from './check/check.ts';
export type { Counterexample } from './check/counterexample.ts';
export { type Length, type Report, reportOf } from './check/report.ts';
export { cellOfToken, formatToken, MODEL, parseToken, type TokenContent } from './check/token.ts';
export { type Pick, ReplayError } from './engines/replay.ts';
export { pmd_bad, pmd_none, pmd_present, pmd_same, pmd_trans_huge, pte_none, pte_present } from './kernel/arch/x86/include/asm/pgtable.ts';
export { _PAGE_TABLE, HPAGE_PMD_SIZE } from './kernel/arch/x86/include/asm/pgtable_types.ts';
export {
  HIGH,
  LOW,
  native_pmd_clear,
  native_pmdp_get_and_clear,
  native_set_pmd,
  native_set_pte,
  ptep_get,
} from './kernel/arch/x86/include/asm/pgtable-3level/native.ts';
export { boot_cpu_on } from './kernel/arch/x86/mm/tlb/boot_cpu_on.ts';
export { FLUSH_TLB_FUNC, flush_tlb_func, TLB_FLUSH_ALL } from './kernel/arch/x86/mm/tlb/flush_tlb_func.ts';
export {
  flush_tlb_everywhere,
  flush_tlb_here,
  flush_tlb_mm,
  flush_tlb_mm_range,
  flush_tlb_multi,
  flush_tlb_range,
  get_flush_tlb_info,
  TLB_IS_NOT_LAZY,
} from './kernel/arch/x86/mm/tlb/flush_tlb_mm_range.ts';
export { switch_mm } from './kernel/arch/x86/mm/tlb/switch_mm.ts';
export type { KernelFns, PolicyFns } from './kernel/functions.ts';
export { type DataRace, data_race, type Guard, guard, on } from './kernel/guard.ts';
export { allDataRaces, allGuards } from './kernel/guards.ts';
export { __tlb_reset_range, type mmu_gather } from './kernel/include/asm-generic/tlb.ts';
export {
  type Cpumask,
  cpu_online_mask,
  cpumask_clear_cpu,
  cpumask_has_but,
  cpumask_load,
  cpumask_none,
  cpumask_set_cpu,
  cpumask_test_cpu,
} from './kernel/include/linux/cpumask.ts';
export { local_irq_disable, local_irq_enable, local_irq_restore, local_irq_save } from './kernel/include/linux/irqflags.ts';
export { mm_dec_nr_ptes, mm_find_pmd, mm_inc_nr_ptes, pmd_lock, pmd_lockptr, pmd_page, pte_lockptr } from './kernel/include/linux/mm.ts';
export { address_space, mm_struct, page, rw_semaphore, vm_area_struct } from './kernel/include/linux/mm_types.ts';
export { flush_tlb_info, per_cpu_ptr, percpu, smp_processor_id, this_cpu_ptr } from './kernel/include/linux/percpu.ts';
export {
  LOW_CHANGED,
  pmdp_get_lockless,
  pmdp_get_lockless_end,
  pmdp_get_lockless_start,
  pmdp_get_lockless_sync,
} from './kernel/include/linux/pgtable/pmdp_get_lockless.ts';
export { down_read, down_write, init_rwsem, up_read, up_write } from './kernel/kernel/locking/rwsem.ts';
export { spin_lock, spin_lock_nested, spin_trylock, spin_unlock } from './kernel/kernel/locking/spinlock.ts';
export { call_rcu, rcu_read_lock, rcu_read_unlock } from './kernel/kernel/rcu/update.ts';
export {
  on_each_cpu_cond_mask,
  on_each_cpu_mask,
  queue_on_targets,
  smp_call_function_many,
  smp_call_function_many_cond,
  wait_for_targets,
} from './kernel/kernel/smp/smp_call_function.ts';
export { type Kernel, type KernelConfig, kernelOf, newObject } from './kernel/kernel.ts';
export { get_user_pages_fast } from './kernel/mm/gup/gup_pmd_range.ts';
export {
  i_mmap_lock_read,
  i_mmap_lock_write,
  i_mmap_unlock_read,
  i_mmap_unlock_write,
  vma_address,
  vma_interval_tree_insert,
  vma_interval_tree_iter_next,
} from './kernel/mm/interval_tree/i_mmap.ts';
export { find_pmd_or_thp_or_none, hpage_collapse_test_exit } from './kernel/mm/khugepaged/find_pmd.ts';
export { retract_page_tables } from './kernel/mm/khugepaged/retract_page_tables.ts';
export { retract_page_tables_6_5 } from './kernel/mm/khugepaged/retract_page_tables_6_5.ts';
export { SCAN_SUCCEED } from './kernel/mm/khugepaged/scan_result.ts';
export { do_set_pmd, zap_huge_pmd } from './kernel/mm/memory/huge.ts';
export { pte_alloc } from './kernel/mm/memory/pmd_install.ts';
export { unmap_mapping_pages } from './kernel/mm/memory/unmap_mapping_pages.ts';
export { wp_page_copy } from './kernel/mm/memory/wp_page_copy.ts';
export { tlb_flush_mmu } from './kernel/mm/mmu_gather/tlb_gather_mmu.ts';
export { tlb_remove_table_sync_one } from './kernel/mm/mmu_gather/tlb_remove_table_sync_one.ts';
export { pte_alloc_one, pte_free } from './kernel/mm/page_alloc/alloc_pages.ts';
export { walk_page_range } from './kernel/mm/pagewalk/walk_pte_range.ts';
export { pte_offset_map_lock, pte_offset_map_nolock, pte_unmap, pte_unmap_unlock } from './kernel/mm/pgtable-generic/__pte_offset_map.ts';
export { pmdp_collapse_flush, pte_free_defer } from './kernel/mm/pgtable-generic/pmdp_collapse_flush.ts';
export { anon_vma_mark } from './kernel/mm/rmap/anon_vma_mark.ts';
export { release_pages } from './kernel/mm/swap/put_page.ts';
export { mfill_atomic } from './kernel/mm/userfaultfd/mfill_atomic.ts';
export { walk_mm } from './kernel/mm/vmscan/walk_pmd_range.ts';
export { type Policy, policy, policy_ptr } from './kernel/policy.ts';
export { registerCondition, registerFunction } from './kernel/registry.ts';
// The kernel: objects, guards, and the functions that a scenario calls or replaces.
export { type AnyLayout, at, atomic, type Layout, overlay, ptr, struct, u64, word } from './kernel/struct.ts';
export { policies, policyNamed } from './policies/index.ts';
export { scenarios } from './scenarios/index.ts';
export {
  bootReader,
  bootWriters,
  NEW_TABLE,
  RETRACTED,
  retractScenario,
  shared as retractShared,
  writers,
} from './scenarios/retract/scenario.ts';
export { ADDRESS, ANON_PAGE, buildWorld, finds, HPAGE, tableChecks, tableFrames, type World } from './scenarios/retract/world.ts';
// Scenarios.
export { type Axis, type Config, type EndCheck, type Program, type Scenario, scenario } from './scenarios/scenario.ts';
export { UsageError } from './usage-error.ts';
