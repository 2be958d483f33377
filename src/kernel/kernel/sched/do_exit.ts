// SPDX-License-Identifier: GPL-2.0-only
/**
 * The end of a task. Linux v6.6: kernel/exit.c, do_exit(), exit_mm(); kernel/sched/core.c, do_task_dead().
 *
 * left out: mmput(): the mm_struct and its page tables stay.
 */
import { peek, poke, store } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { enter_lazy_tlb } from '../../arch/x86/mm/tlb/switch_mm.ts';
import { guard, on } from '../../guard.ts';
import { local_irq_disable, local_irq_enable } from '../../include/linux/irqflags.ts';
import { percpu, this_cpu_ptr } from '../../include/linux/percpu.ts';
import { get_current, TASK_DEAD, task_comm, task_struct } from '../../include/linux/sched.ts';
import { at } from '../../struct.ts';
import { debug_check_no_locks_held } from '../locking/lockdep/lockdep.ts';
import { rcu_check_exit } from '../rcu/update.ts';
import { __schedule, SM_DEAD, SM_NONE, schedule_debug } from './schedule.ts';

export const special_state = guard('special-state', 'TASK_DEAD is set under the lock that a wake-up holds', 'kernel/sched/core.c');

export function* do_exit(c: Vcpu): Code {
  const me = get_current(c);
  debug_check_no_locks_held(c);
  rcu_check_exit(c);
  yield* exit_mm(c, me);
  const nr_tasks = this_cpu_ptr(c, percpu.nr_tasks);
  poke(c, nr_tasks, peek(c, nr_tasks) - 1);
  schedule_debug(c);
  if (on(c, special_state)) yield* __schedule(c, SM_DEAD);
  else {
    yield* store(c, at(me, task_struct.__state), TASK_DEAD);
    yield* __schedule(c, SM_NONE);
  }
  violate(c, 'check', `${task_comm(c, me)} goes on after its end`);
}

/** From here on the task runs on the tables that are loaded, as a kernel thread does. */
function* exit_mm(c: Vcpu, me: Ptr): Code {
  const mm = peek(c, at(me, task_struct.mm)) as Ptr;
  if (mm === 0) return;
  yield* local_irq_disable(c);
  poke(c, at(me, task_struct.mm), 0);
  yield* enter_lazy_tlb(c, mm);
  yield* local_irq_enable(c);
}
