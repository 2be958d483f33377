// SPDX-License-Identifier: GPL-2.0-only
/**
 * The per-CPU variables. Linux v6.6: DEFINE_PER_CPU of arch/x86/mm/tlb.c (cpu_tlbstate, cpu_tlbstate_shared), kernel/smp.c
 * (call_single_queue, cfd_data), kernel/sched/core.c (runqueues), include/asm-generic/preempt.h.
 */
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { kernelOf } from '../../kernel.ts';
import { at, atomic, ptr, struct, word } from '../../struct.ts';

export const percpu = struct('percpu', {
  preempt_count: word,
  /** cpu_tlbstate: written by this CPU with IF = 0, read by its handlers. */
  loaded_mm: ptr,
  tlb_ctx_id: word,
  tlb_gen: word,
  /** cpu_tlbstate_shared.is_lazy: read by other CPUs that flush. */
  is_lazy: atomic,
  /** Head of a lock-free list of call_single_data. */
  call_single_queue: atomic,
  /** struct rq: lock, current task, list of runnable tasks, and the idle task. */
  rq_lock: atomic,
  curr: ptr,
  rq_head: ptr,
  idle: ptr,
  need_resched: atomic,
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
