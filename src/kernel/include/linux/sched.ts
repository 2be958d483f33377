// SPDX-License-Identifier: GPL-2.0-only
/**
 * struct task_struct and the states of a task. Linux v6.6: include/linux/sched.h, arch/x86/include/asm/current.h.
 *
 * A task stays on its CPU for life. Where a CPU has no task_structs its one program is all that it ever runs, and waits block in place.
 */
import { peek, rmw, store } from '../../../../cpu/ops.ts';
import { XCHG } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { kernelOf } from '../../kernel.ts';
import { at, atomic, ptr, struct, word } from '../../struct.ts';
import { percpu, this_cpu_ptr } from './percpu.ts';

export const task_struct = struct('task_struct', {
  pid: word,
  /** NULL for a kernel thread, which runs on active_mm, borrowed from whoever ran before. */
  mm: ptr,
  active_mm: ptr,
  __state: atomic,
  cpu: word,
  /** Runnable: it runs, or lies in its CPU's list. Under rq_lock, like run_next. */
  on_rq: word,
  run_next: ptr,
  /** Number among the tasks of its vCPU, the machine's name for it. */
  thread: word,
  /** struct rwsem_waiter, on the stack in Linux: a task waits for one semaphore at a time. */
  waiter_next: ptr,
  waiter_type: word,
  /** Not 0 until the semaphore has been handed over. */
  waiter_task: atomic,
  /** Faults that the task has had: without and with I/O. */
  min_flt: word,
  maj_flt: word,
});

export const TASK_RUNNING = 0;
export const TASK_INTERRUPTIBLE = 1;
export const TASK_UNINTERRUPTIBLE = 2;
/** What a wake-up ends. */
export const TASK_NORMAL = TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE;
export const TASK_DEAD = 0x80;

/** The task that runs here. Only this CPU changes the word, so that it needs no lock. NULL where the CPU has no tasks. */
export const get_current = (c: Vcpu): Ptr => peek(c, this_cpu_ptr(c, percpu.curr)) as Ptr;

/** Do the CPUs of this machine run tasks, which sleep? */
export const has_tasks = (c: Vcpu): boolean => kernelOf(c).tasks.length > 0;

/**
 * The store comes before the check of the condition that is waited for: an exchange is a full barrier. Pairs with try_to_wake_up(), whose
 * caller makes the condition true before the state is looked at.
 */
export function* set_current_state(c: Vcpu, state: number): Code {
  yield* rmw(c, at(get_current(c), task_struct.__state), XCHG, state);
}

/** Without the barrier: nothing is waited for any more. */
export function* __set_current_state(c: Vcpu, state: number): Code {
  yield* store(c, at(get_current(c), task_struct.__state), state);
}

/** What people call a task. Linux v6.6: task_struct.comm. */
export function task_comm(c: Vcpu, task: Ptr): string {
  for (const o of kernelOf(c).objects) if (o.at === task) return o.label;
  return c.m.contextName(c);
}
