// SPDX-License-Identifier: GPL-2.0-only
/**
 * Waking a task. Linux v6.6: kernel/sched/core.c, try_to_wake_up(), wake_up_process(), resched_curr(); arch/x86/kernel/smp.c,
 * native_smp_send_reschedule().
 *
 * The state is looked at under rq_lock of the task's CPU, which also covers what p->pi_lock and p->on_cpu do in Linux: tasks stay where
 * they are, and a task that is on its way out holds that lock.
 * left out: ttwu_queue_wakelist(); the interrupt to a CPU that is busy, where it would only be taken and returned from.
 */
import { sendIpi } from '../../../../cpu/interrupts.ts';
import { load, peek, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { FIRST_VECTOR, RESCHEDULE_VECTOR } from '../../arch/x86/kernel/smp/vectors.ts';
import { local_irq_restore, local_irq_save } from '../../include/linux/irqflags.ts';
import { per_cpu_ptr, percpu, smp_processor_id } from '../../include/linux/percpu.ts';
import { TASK_NORMAL, TASK_RUNNING, task_struct } from '../../include/linux/sched.ts';
import { at } from '../../struct.ts';
import { spin_lock, spin_unlock } from '../locking/spinlock.ts';
import { enqueue_task, rq_lockp } from './rq.ts';

/** Pairs with set_current_state(): what the caller has made true is seen by the task, or the task's state here. @returns whether it slept */
export function* try_to_wake_up(c: Vcpu, p: Ptr): Code<boolean> {
  const cpu = peek(c, at(p, task_struct.cpu));
  const flags = yield* local_irq_save(c);
  yield* spin_lock(c, rq_lockp(c, cpu));
  const slept = ((yield* load(c, at(p, task_struct.__state))) & TASK_NORMAL) !== 0;
  const kick = slept && (yield* ttwu_do_activate(c, cpu, p));
  yield* spin_unlock(c, rq_lockp(c, cpu));
  if (kick) yield* sendIpi(c, cpu, RESCHEDULE_VECTOR - FIRST_VECTOR);
  yield* local_irq_restore(c, flags);
  return slept;
}

/** @returns whether the CPU has to be told */
function* ttwu_do_activate(c: Vcpu, cpu: number, p: Ptr): Code<boolean> {
  yield* store(c, at(p, task_struct.__state), TASK_RUNNING);
  if (peek(c, at(p, task_struct.on_rq)) !== 0) return false; // it has not gone to sleep yet
  enqueue_task(c, cpu, p);
  yield* store(c, per_cpu_ptr(c, percpu.need_resched, cpu), 1);
  const idle = peek(c, per_cpu_ptr(c, percpu.curr, cpu)) === peek(c, per_cpu_ptr(c, percpu.idle, cpu));
  return idle && cpu !== smp_processor_id(c) && c.m.interrupts;
}
