// SPDX-License-Identifier: GPL-2.0-only
/**
 * Where a task may sleep or give way. Linux v6.6: include/linux/kernel.h, might_sleep(); kernel/sched/core.c, __might_resched(),
 * __cond_resched(), preempt_schedule_common().
 */
import { giveWay } from '../../../../cpu/give-way.ts';
import { load } from '../../../../cpu/ops.ts';
import { type Code, PROGRAM, type Vcpu } from '../../../../cpu/vcpu.ts';
import { irqs_disabled } from '../../include/linux/irqflags.ts';
import { percpu, this_cpu_ptr } from '../../include/linux/percpu.ts';
import { preempt_count } from '../../include/linux/preempt.ts';
import { has_tasks } from '../../include/linux/sched.ts';
import { complain } from '../locking/lockdep/lockdep.ts';
import { __schedule, SM_PREEMPT } from './schedule.ts';

/** Set-up, as SYSTEM_BOOTING in Linux, runs with interrupts off and is let pass. */
export function might_sleep(c: Vcpu): void {
  const atomic = c.role !== PROGRAM || preempt_count(c) > 0;
  const irqs = irqs_disabled(c) && !c.m.direct;
  if (!atomic && !irqs && c.sections === 0) return;
  const why = `in_atomic(): ${atomic ? 1 : 0}, irqs_disabled(): ${irqs ? 1 : 0}, RCU nest depth: ${c.sections}`;
  complain(c, `BUG: sleeping function called from invalid context: ${c.m.contextName(c)}, ${why}`);
}

/** Lets another task run if one has become runnable. */
export function* cond_resched(c: Vcpu): Code {
  might_sleep(c);
  if (!has_tasks(c)) return yield* giveWay(c);
  if ((yield* load(c, this_cpu_ptr(c, percpu.need_resched))) !== 0) yield* __schedule(c, SM_PREEMPT);
}
