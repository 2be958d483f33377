// SPDX-License-Identifier: GPL-2.0-only
/**
 * Waiting for a semaphore by sleeping. Linux v6.6: kernel/locking/rwsem.c, rwsem_down_read_slowpath(), rwsem_down_write_slowpath(),
 * rwsem_try_write_lock().
 *
 * left out: optimistic spinning, handoff, interruptible waits. wait_lock is taken with interrupts on: no handler takes it.
 */
import { cmpxchg, load } from '../../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../mmu/types.ts';
import { guard, on } from '../../../guard.ts';
import {
  __set_current_state,
  get_current,
  set_current_state,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
  task_struct,
} from '../../../include/linux/sched.ts';
import { at } from '../../../struct.ts';
import { schedule } from '../../sched/schedule.ts';
import { spin_lock, spin_unlock } from '../spinlock.ts';
import {
  countOf,
  RWSEM_FLAG_WAITERS,
  RWSEM_LOCK_MASK,
  RWSEM_WRITER_LOCKED,
  WAITING_FOR_READ,
  WAITING_FOR_WRITE,
  wait_lockOf,
} from './bits.ts';
import { first_waiter, next_waiter, rwsem_add_waiter, rwsem_del_waiter, rwsem_mark_wake, wake_up_q } from './waiters.ts';

export const state_first = guard(
  'state-before-check',
  'set_current_state() before the condition of a sleep is looked at',
  'kernel/locking/rwsem.c',
);

export function* rwsem_down_read_slowpath(c: Vcpu, sem: Ptr): Code {
  const me = get_current(c);
  yield* spin_lock(c, wait_lockOf(sem));
  const count = yield* rwsem_add_waiter(c, sem, me, WAITING_FOR_READ);
  // The last release may have come before the flag: then nobody but this task wakes the list.
  const tasks = count >= 0 && (count & RWSEM_WRITER_LOCKED) === 0 ? yield* rwsem_mark_wake(c, sem) : [];
  yield* spin_unlock(c, wait_lockOf(sem));
  yield* wake_up_q(c, tasks);
  for (;;) {
    if (on(c, state_first)) yield* set_current_state(c, TASK_UNINTERRUPTIBLE);
    // Pairs with the release of rwsem_mark_wake().
    if ((yield* load(c, at(me, task_struct.waiter_task))) === 0) break;
    if (!on(c, state_first)) yield* set_current_state(c, TASK_UNINTERRUPTIBLE);
    yield* schedule(c);
  }
  yield* __set_current_state(c, TASK_RUNNING);
}

export function* rwsem_down_write_slowpath(c: Vcpu, sem: Ptr): Code {
  const me = get_current(c);
  yield* spin_lock(c, wait_lockOf(sem));
  yield* rwsem_add_waiter(c, sem, me, WAITING_FOR_WRITE);
  for (;;) {
    // Pairs with the release, which gives back count before it looks for waiters.
    if (on(c, state_first)) yield* set_current_state(c, TASK_UNINTERRUPTIBLE);
    if (yield* rwsem_try_write_lock(c, sem, me)) break;
    yield* spin_unlock(c, wait_lockOf(sem));
    if (!on(c, state_first)) yield* set_current_state(c, TASK_UNINTERRUPTIBLE);
    yield* schedule(c);
    yield* spin_lock(c, wait_lockOf(sem));
  }
  yield* __set_current_state(c, TASK_RUNNING);
  yield* spin_unlock(c, wait_lockOf(sem));
}

/** Under wait_lock. */
function* rwsem_try_write_lock(c: Vcpu, sem: Ptr, me: Ptr): Code<boolean> {
  const alone = first_waiter(c, sem) === me && next_waiter(c, me) === 0;
  let count = yield* load(c, countOf(sem));
  for (;;) {
    if ((count & RWSEM_LOCK_MASK) !== 0) return false;
    const old = yield* cmpxchg(c, countOf(sem), count, RWSEM_WRITER_LOCKED | (alone ? 0 : RWSEM_FLAG_WAITERS));
    if (old === count) break;
    count = old;
  }
  rwsem_del_waiter(c, sem, me);
  return true;
}
