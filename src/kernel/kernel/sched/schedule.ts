// SPDX-License-Identifier: GPL-2.0-only
/**
 * From one task to the next. Linux v6.6: kernel/sched/core.c, schedule(), __schedule(), context_switch(), finish_task_switch(),
 * schedule_tail(), schedule_debug(); init/Kconfig PREEMPT_VOLUNTARY.
 *
 * A context switch is a quiescent state: what it does with interrupts off holds up no RCU callback.
 * left out: mmgrab_lazy_tlb() and mmdrop_lazy_tlb(), since an mm_struct is never freed; statistics; migration; signals.
 */
import { cli, sti } from '../../../../cpu/interrupts.ts';
import { load, peek, poke, store, switchTask } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { enter_lazy_tlb, switch_mm_irqs_off } from '../../arch/x86/mm/tlb/switch_mm.ts';
import { irqs_disabled } from '../../include/linux/irqflags.ts';
import { percpu, this_cpu_ptr } from '../../include/linux/percpu.ts';
import { preempt_count } from '../../include/linux/preempt.ts';
import { get_current, TASK_DEAD, TASK_RUNNING, task_comm, task_struct } from '../../include/linux/sched.ts';
import { at } from '../../struct.ts';
import { complain, lock_acquired, lock_release } from '../locking/lockdep/lockdep.ts';
import { spin_lock, spin_unlock } from '../locking/spinlock.ts';
import { enqueue_task, pick_next_task, rq_lockp } from './rq.ts';

/** Sleeps if the state says so, and lets other tasks run in any case. */
export function* schedule(c: Vcpu): Code {
  schedule_debug(c);
  yield* __schedule(c, SM_NONE);
}

/** Not where a switch would take somebody else's section, lock or interrupt flag along. */
export function schedule_debug(c: Vcpu): void {
  const prev = get_current(c);
  const count = preempt_count(c);
  const who = `${task_comm(c, prev)}/${peek(c, at(prev, task_struct.pid))}`;
  if (count !== 0) complain(c, `BUG: scheduling while atomic: ${who}/0x${count.toString(16).padStart(8, '0')}`);
  if (irqs_disabled(c)) complain(c, `BUG: scheduling while atomic: ${who}, with interrupts off`);
  if (c.sections > 0) complain(c, `Voluntary context switch within RCU read-side critical section: ${who}`);
}

/** Why __schedule() is called. Linux v6.6: SM_NONE, SM_PREEMPT; SM_DEAD stands for the set_special_state() of do_task_dead(). */
export const SM_NONE = 0;
/** The task goes on later, whatever its state. */
export const SM_PREEMPT = 1;
/** It never does. */
export const SM_DEAD = 2;

export function* __schedule(c: Vcpu, sched_mode: number): Code {
  const prev = get_current(c);
  yield* cli(c);
  // rq_lock(); smp_mb__after_spinlock(): pairs with try_to_wake_up(). Either that sees the state that was set, or this the new one.
  yield* spin_lock(c, rq_lockp(c, c.id));
  if (prev !== (peek(c, this_cpu_ptr(c, percpu.idle)) as Ptr)) {
    // set_special_state(): under the lock that a wake-up holds, whose store of TASK_RUNNING would otherwise come on top of this one.
    if (sched_mode === SM_DEAD) yield* store(c, at(prev, task_struct.__state), TASK_DEAD);
    if (sched_mode === SM_PREEMPT || (yield* load(c, at(prev, task_struct.__state))) === TASK_RUNNING) enqueue_task(c, c.id, prev);
    else poke(c, at(prev, task_struct.on_rq), 0);
  }
  const next = pick_next_task(c);
  yield* store(c, this_cpu_ptr(c, percpu.need_resched), 0);
  if (next !== prev) yield* context_switch(c, prev, next);
  yield* finish_lock_switch(c);
}

/** Who was switched to goes on behind the switchTask() with which it left, or begins in schedule_tail(). */
function* context_switch(c: Vcpu, prev: Ptr, next: Ptr): Code {
  const mm = peek(c, at(next, task_struct.mm)) as Ptr;
  const active = peek(c, at(prev, task_struct.active_mm)) as Ptr;
  if (mm === 0) {
    yield* enter_lazy_tlb(c, active);
    poke(c, at(next, task_struct.active_mm), active);
  } else yield* switch_mm_irqs_off(c, active, mm);
  if (peek(c, at(prev, task_struct.mm)) === 0) poke(c, at(prev, task_struct.active_mm), 0);
  poke(c, this_cpu_ptr(c, percpu.curr), next);
  lock_release(c, rq_lockp(c, c.id)); // the lock is handed over with the CPU
  yield* switchTask(c, peek(c, at(next, task_struct.thread)));
  lock_acquired(c, rq_lockp(c, c.id), 0, true);
}

function* finish_lock_switch(c: Vcpu): Code {
  yield* spin_unlock(c, rq_lockp(c, c.id));
  yield* sti(c);
}

/** What a task that has never run does first. */
export function* schedule_tail(c: Vcpu): Code {
  lock_acquired(c, rq_lockp(c, c.id), 0, true);
  yield* finish_lock_switch(c);
}
