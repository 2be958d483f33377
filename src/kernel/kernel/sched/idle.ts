// SPDX-License-Identifier: GPL-2.0-only
/**
 * The idle task. Linux v6.6: kernel/sched/idle.c, do_idle(), cpu_idle_poll(); arch/x86/include/asm/irqflags.h, native_safe_halt().
 *
 * A machine without interrupts idles as with idle=poll. When all tasks of the CPU have ended, nobody can wake one: the idle task ends too,
 * and the CPU goes on to serve interrupts.
 * An idle CPU is no RCU reader: what it does with interrupts off holds up no callback.
 * left out: leave_mm() in deep C-states, the tick.
 */
import { cli, hlt, sti, stiHlt } from '../../../../cpu/interrupts.ts';
import { load, peek, waitLoad } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { guard, on } from '../../guard.ts';
import { percpu, this_cpu_ptr } from '../../include/linux/percpu.ts';
import { __schedule, SM_NONE } from './schedule.ts';

export const safe_halt = guard(
  'safe-halt',
  'STI and HLT in one step, so that no wake-up falls between them',
  'arch/x86/include/asm/irqflags.h',
);

export function* do_idle(c: Vcpu): Code {
  while (peek(c, this_cpu_ptr(c, percpu.nr_tasks)) > 0) {
    yield* cpu_idle(c);
    yield* __schedule(c, SM_NONE);
  }
}

/** Returns when need_resched is set. Pairs with try_to_wake_up(), which sets it before it sends the interrupt. */
function* cpu_idle(c: Vcpu): Code {
  const need_resched = this_cpu_ptr(c, percpu.need_resched);
  if (!c.m.interrupts) {
    yield* waitLoad(c, need_resched, -1, 1);
    return;
  }
  for (;;) {
    yield* cli(c);
    if ((yield* load(c, need_resched)) !== 0) break;
    if (on(c, safe_halt)) yield* stiHlt(c);
    else {
      yield* sti(c);
      yield* hlt(c);
    }
  }
  yield* sti(c);
}
