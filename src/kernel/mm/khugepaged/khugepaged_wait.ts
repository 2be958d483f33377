// SPDX-License-Identifier: GPL-2.0-only
/**
 * How khugepaged sleeps and is woken. Linux v6.6: mm/khugepaged.c, khugepaged_wait, khugepaged_has_work(), khugepaged_wait_event(),
 * khugepaged_should_wakeup(), khugepaged_wait_work(), khugepaged_alloc_sleep(); include/linux/wait.h, wait_event_freezable(), wake_up_interruptible().
 * left out: freezing.
 */
import { load, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import {
  __set_current_state,
  get_current,
  has_tasks,
  set_current_state,
  TASK_INTERRUPTIBLE,
  TASK_RUNNING,
} from '../../include/linux/sched.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { schedule } from '../../kernel/sched/schedule.ts';
import { try_to_wake_up } from '../../kernel/sched/try_to_wake_up.ts';
import { jiffies, msecs_to_jiffies, schedule_timeout, time_after_eq } from '../../kernel/time/jiffies.ts';
import { hugepage_flags_enabled } from '../huge_memory/transparent_hugepage_flags.ts';
import { khugepaged_read, khugepaged_state, khugepaged_var, khugepaged_write, no_mm_slots } from './khugepaged_scan.ts';

/** The lock pairs with that of wait_for_work(): what was changed before is seen by khugepaged, or khugepaged is seen to wait. */
export function* wake_up_khugepaged(c: Vcpu): Code {
  const lock = khugepaged_var(c, khugepaged_state.wait_lock);
  yield* spin_lock(c, lock);
  const task = khugepaged_read(c, khugepaged_state.wait) as Ptr;
  if (task !== NULL) yield* try_to_wake_up(c, task);
  yield* spin_unlock(c, lock);
}

export function* kthread_should_stop(c: Vcpu): Code<boolean> {
  return (yield* load(c, khugepaged_var(c, khugepaged_state.should_stop))) !== 0;
}

export function* khugepaged_has_work(c: Vcpu): Code<boolean> {
  return !(yield* no_mm_slots(c)) && hugepage_flags_enabled(c);
}

function* khugepaged_wait_event(c: Vcpu): Code<boolean> {
  return !(yield* no_mm_slots(c)) || (yield* kthread_should_stop(c));
}

function* khugepaged_should_wakeup(c: Vcpu): Code<boolean> {
  if (yield* kthread_should_stop(c)) return true;
  const expire = yield* load(c, khugepaged_var(c, khugepaged_state.sleep_expire));
  return time_after_eq(yield* jiffies(c), expire);
}

/** Sleeps until the next round is due: for a time while there is work, until there is some otherwise. */
export function* khugepaged_wait_work(c: Vcpu): Code {
  if (yield* khugepaged_has_work(c)) {
    const timeout = msecs_to_jiffies(khugepaged_read(c, khugepaged_state.scan_sleep_millisecs));
    if (timeout === 0) return;
    yield* store(c, khugepaged_var(c, khugepaged_state.sleep_expire), ((yield* jiffies(c)) + timeout) >>> 0);
    if (!(yield* khugepaged_should_wakeup(c))) yield* schedule_timeout(c, timeout);
  } else if (hugepage_flags_enabled(c) && has_tasks(c)) yield* wait_for_work(c);
}

function* wait_for_work(c: Vcpu): Code {
  for (;;) {
    yield* set_waiter(c, get_current(c)); // prepare_to_wait()
    if (yield* khugepaged_wait_event(c)) break;
    yield* schedule(c);
  }
  yield* __set_current_state(c, TASK_RUNNING); // finish_wait()
  yield* set_waiter(c, NULL);
}

/** A waiter's state is set under the lock too. */
function* set_waiter(c: Vcpu, task: Ptr): Code {
  const lock = khugepaged_var(c, khugepaged_state.wait_lock);
  yield* spin_lock(c, lock);
  khugepaged_write(c, khugepaged_state.wait, task);
  if (task !== NULL) yield* set_current_state(c, TASK_INTERRUPTIBLE);
  yield* spin_unlock(c, lock);
}

export function* khugepaged_alloc_sleep(c: Vcpu): Code {
  yield* schedule_timeout(c, msecs_to_jiffies(khugepaged_read(c, khugepaged_state.alloc_sleep_millisecs)));
}
