// SPDX-License-Identifier: GPL-2.0-only
/**
 * Running a function on other CPUs. Linux v6.6: kernel/smp.c, smp_call_function_many_cond(), smp_call_function_many(),
 * smp_call_function(), on_each_cpu_cond_mask(); include/linux/smp.h, on_each_cpu_mask().
 *
 * left out: CPU hotplug (every CPU is online), tracing, oops_in_progress.
 */
import { poke } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import { type Code, PROGRAM, type Vcpu } from '../../../../cpu/vcpu.ts';
import { arch_send_call_function_ipi_mask, arch_send_call_function_single_ipi } from '../../arch/x86/kernel/smp/smp.ts';
import { guard, on } from '../../guard.ts';
import {
  type Cpumask,
  cpu_online_mask,
  cpumask_clear_cpu,
  cpumask_none,
  cpumask_set_cpu,
  cpumask_test_cpu,
} from '../../include/linux/cpumask.ts';
import { irqs_disabled, local_irq_restore, local_irq_save } from '../../include/linux/irqflags.ts';
import { call_single_data, per_cpu_ptr, percpu, smp_processor_id } from '../../include/linux/percpu.ts';
import { preempt_count, preempt_disable, preempt_enable } from '../../include/linux/preempt.ts';
import { callCondition, callFunction, functionName } from '../../registry.ts';
import { at } from '../../struct.ts';
import { cfd_csd, csd_lock, csd_lock_wait, csd_mark_sync } from './csd.ts';
import { llist_add } from './llist.ts';

export const SCF_WAIT = 1;
export const SCF_RUN_LOCAL = 2;

const csd_wait = guard('csd-wait', 'smp_call_function_many_cond() waits until every target has run the function', 'kernel/smp.c');

/**
 * Preemption off, interrupts on: a CPU that waits with interrupts off for one that does the same waits for ever.
 * @param cond a condition's number, 0 for none
 */
export function* smp_call_function_many_cond(c: Vcpu, mask: Cpumask, func: number, info: number, flags: number, cond: number): Code {
  if (c.role === PROGRAM && preempt_count(c) === 0) violate(c, 'locking', `calling ${functionName(func)}() elsewhere with preemption on`);
  if (c.role === PROGRAM && irqs_disabled(c))
    violate(c, 'locking', `WARNING: interrupts are off on CPU${c.id}, which waits for others to run ${functionName(func)}()`);
  if (c.role !== PROGRAM)
    violate(c, 'locking', `WARNING: !in_task(): ${c.m.contextName(c)} waits for others to run ${functionName(func)}()`);

  const targets = yield* queue_on_targets(c, mask, func, info, (flags & SCF_WAIT) !== 0, cond);
  if ((flags & SCF_RUN_LOCAL) !== 0 && cpumask_test_cpu(smp_processor_id(c), mask)) yield* run_local(c, func, info, cond);
  if ((flags & SCF_WAIT) !== 0 && on(c, csd_wait)) yield* wait_for_targets(c, targets);
}

/** Queues the call on every other CPU of the mask, and interrupts those whose queue was empty. @returns the CPUs that it is queued on */
export function* queue_on_targets(c: Vcpu, mask: Cpumask, func: number, info: number, wait: boolean, cond: number): Code<Cpumask> {
  const cpumask = mask.slice();
  cpumask_clear_cpu(smp_processor_id(c), cpumask);
  const cpumask_ipi = cpumask_none(c);
  let nr_cpus = 0;
  let last_cpu = 0;
  for (let cpu = 0; cpu < c.m.cpus; cpu++) {
    if (!cpumask_test_cpu(cpu, cpumask)) continue;
    if (cond !== 0 && !(yield* callCondition(c, cond, cpu, info))) {
      cpumask_clear_cpu(cpu, cpumask);
      continue;
    }
    const csd = cfd_csd(c, smp_processor_id(c), cpu);
    yield* csd_lock(c, csd);
    if (wait) yield* csd_mark_sync(c, csd);
    poke(c, at(csd, call_single_data.func), func);
    poke(c, at(csd, call_single_data.info), info);
    // Pairs with llist_del_all(): whoever finds the queue empty has not been seen by the target yet, and nobody else will interrupt it.
    if (yield* llist_add(c, csd, per_cpu_ptr(c, percpu.call_single_queue, cpu))) {
      cpumask_set_cpu(cpu, cpumask_ipi);
      nr_cpus++;
      last_cpu = cpu;
    }
  }
  if (nr_cpus === 1) yield* arch_send_call_function_single_ipi(c, last_cpu);
  else if (nr_cpus > 1) yield* arch_send_call_function_ipi_mask(c, cpumask_ipi);
  return cpumask;
}

/** The condition is asked about this CPU too. */
function* run_local(c: Vcpu, func: number, info: number, cond: number): Code {
  if (cond !== 0 && !(yield* callCondition(c, cond, smp_processor_id(c), info))) return;
  const flags = yield* local_irq_save(c);
  yield* callFunction(c, func, info);
  yield* local_irq_restore(c, flags);
}

/** Pairs with csd_unlock() of each target. */
export function* wait_for_targets(c: Vcpu, cpumask: Cpumask): Code {
  for (let cpu = 0; cpu < c.m.cpus; cpu++) {
    if (cpumask_test_cpu(cpu, cpumask)) yield* csd_lock_wait(c, cfd_csd(c, smp_processor_id(c), cpu));
  }
}

export function* smp_call_function_many(c: Vcpu, mask: Cpumask, func: number, info: number, wait: boolean): Code {
  yield* smp_call_function_many_cond(c, mask, func, info, wait ? SCF_WAIT : 0, 0);
}

/** Runs a function on all other CPUs. */
export function* smp_call_function(c: Vcpu, func: number, info: number, wait: boolean): Code {
  preempt_disable(c);
  yield* smp_call_function_many(c, cpu_online_mask(c), func, info, wait);
  preempt_enable(c);
}

/** Runs a function on the CPUs of a mask, this one included, for which a condition holds. */
export function* on_each_cpu_cond_mask(c: Vcpu, cond: number, func: number, info: number, wait: boolean, mask: Cpumask): Code {
  preempt_disable(c);
  yield* smp_call_function_many_cond(c, mask, func, info, SCF_RUN_LOCAL | (wait ? SCF_WAIT : 0), cond);
  preempt_enable(c);
}

export function* on_each_cpu_mask(c: Vcpu, mask: Cpumask, func: number, info: number, wait: boolean): Code {
  yield* on_each_cpu_cond_mask(c, 0, func, info, wait, mask);
}
