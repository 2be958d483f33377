// SPDX-License-Identifier: GPL-2.0-only
/**
 * The per-CPU variables. Linux v6.6: DEFINE_PER_CPU of arch/x86/mm/tlb.c (cpu_tlbstate, cpu_tlbstate_shared), kernel/smp.c
 * (call_single_queue, cfd_data), kernel/sched/core.c (runqueues), include/asm-generic/preempt.h.
 */
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { kernelOf } from '../../kernel.ts';
import { at, atomic, ptr, struct, word } from '../../struct.ts';
import { CPUMASK_WORDS } from './cpumask.ts';

/** One flush, from the CPU that asks for it to those that do it. Linux v6.6: struct flush_tlb_info, arch/x86/include/asm/tlbflush.h. */
export const flush_tlb_info = struct('flush_tlb_info', {
  mm: ptr,
  start: word,
  end: word,
  new_tlb_gen: word,
  initiating_cpu: word,
  stride_shift: word,
  freed_tables: word,
});

export const percpu = struct('percpu', {
  preempt_count: word,
  /** cpu_tlbstate: written by this CPU with IF = 0, read by its handlers. loaded_mm is looked at with IF = 1 too: its stores are marked. */
  loaded_mm: ptr,
  tlb_ctx_id: word,
  tlb_gen: word,
  /** cpu_tlbstate_shared.is_lazy: read by other CPUs that flush. */
  is_lazy: atomic,
  /** The flush that this CPU has under way: filled in before its targets are called, read by them until they have unlocked the call. */
  flush_tlb_info: flush_tlb_info.$words,
  /** Head of a lock-free list of call_single_data. */
  call_single_queue: atomic,
  /** struct rq: lock, current task, list of runnable tasks, and the idle task. */
  rq_lock: atomic,
  curr: ptr,
  rq_head: ptr,
  idle: ptr,
  need_resched: atomic,
  /** Tasks of this CPU that have not ended, the idle task not counted. */
  nr_tasks: word,
  /** irq_stat: function calls and reschedules received, and flushes done for other CPUs; what /proc/interrupts shows. */
  irq_call_count: word,
  irq_resched_count: word,
  irq_tlb_count: word,
  /** Other CPUs ask this one to drain its batches; see kernel/workqueue.ts. */
  work: atomic,
  /** Flushes that reclaim has put off: whether there are any, whether a page may still be written to, and of which CPUs. See mm/rmap/try_to_unmap_flush.ts. */
  tlb_ubc_flush_required: word,
  tlb_ubc_writable: word,
  tlb_ubc_cpumask: CPUMASK_WORDS,
});

/** One call from a CPU to another. Linux v6.6: struct __call_single_data, include/linux/smp_types.h. */
export const call_single_data = struct('call_single_data', {
  llist_next: ptr,
  u_flags: atomic,
  func: word,
  info: word,
});

/** Address of a per-CPU variable of the CPU that runs. */
export const this_cpu_ptr = (c: Vcpu, variable: number): Ptr => at(kernelOf(c).percpu[c.id]!, variable);
/** Address of a per-CPU variable of any CPU. */
export const per_cpu_ptr = (c: Vcpu, variable: number, cpu: number): Ptr => at(kernelOf(c).percpu[cpu]!, variable);
export const smp_processor_id = (c: Vcpu): number => c.id;
