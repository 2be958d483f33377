// SPDX-License-Identifier: GPL-2.0-only
/**
 * Reader-writer semaphores. Linux v6.6: kernel/locking/rwsem.c, init_rwsem(), down_read(), down_read_trylock(), up_read(), down_write(),
 * down_write_nested(), down_write_trylock(), up_write(), rwsem_is_locked().
 *
 * Tasks sleep (rwsem/slowpath.ts). Where CPUs have no tasks a wait is one operation that blocks: readers' acquisitions commute, and so do
 * their releases; a writer first counts itself as waiting, which commutes with readers that leave.
 * A waiting writer stops new readers either way.
 * left out: optimistic spinning, lock stealing, handoff, owner tracking, downgrade_write().
 */
import { cmpxchg, load, poke, rmw, update, waitRmw, waitUpdate } from '../../../../cpu/ops.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { guard, on } from '../../guard.ts';
import { has_tasks } from '../../include/linux/sched.ts';
import { might_sleep } from '../sched/might_sleep.ts';
import { lock_acquired, lock_release } from './lockdep/lockdep.ts';
import {
  countOf,
  RWSEM_FLAG_WAITERS,
  RWSEM_LOCK_MASK,
  RWSEM_READ_FAILED_MASK,
  RWSEM_READER_BIAS,
  RWSEM_WAITERS_MASK,
  RWSEM_WRITER_LOCKED,
  wait_listOf,
  wait_lockOf,
} from './rwsem/bits.ts';
import { rwsem_down_read_slowpath, rwsem_down_write_slowpath } from './rwsem/slowpath.ts';
import { rwsem_wake } from './rwsem/waiters.ts';

export const wake_anyway = guard(
  'up-write-wakes',
  'up_write() looks after the waiters even if a reader seems to hold the semaphore',
  'kernel/locking/rwsem.c',
);

export function init_rwsem(c: Vcpu, sem: Ptr): void {
  poke(c, countOf(sem), 0);
  poke(c, wait_lockOf(sem), 0);
  poke(c, wait_listOf(sem), 0);
}

/** Pairs with up_write(). */
export function* down_read(c: Vcpu, sem: Ptr): Code {
  might_sleep(c);
  if (!has_tasks(c)) yield* waitUpdate(c, countOf(sem), RWSEM_READ_FAILED_MASK, 0, ADD, RWSEM_READER_BIAS);
  else if (!(yield* read_trylock(c, sem))) yield* rwsem_down_read_slowpath(c, sem);
  lock_acquired(c, sem, 0, false);
}

/** Pairs with down_write(), and with rwsem_add_waiter(): the last reader sees that somebody waits, or is seen to have left. */
export function* up_read(c: Vcpu, sem: Ptr): Code {
  lock_release(c, sem);
  if (!has_tasks(c)) yield* update(c, countOf(sem), ADD, -RWSEM_READER_BIAS);
  else {
    const count = (yield* rmw(c, countOf(sem), ADD, -RWSEM_READER_BIAS)) - RWSEM_READER_BIAS;
    if ((count & (RWSEM_LOCK_MASK | RWSEM_FLAG_WAITERS)) === RWSEM_FLAG_WAITERS) yield* rwsem_wake(c, sem);
  }
}

/** @returns whether it is held now. Pairs with up_write(). */
export function* down_read_trylock(c: Vcpu, sem: Ptr): Code<boolean> {
  const got = yield* read_trylock(c, sem);
  if (got) lock_acquired(c, sem, 0, true);
  return got;
}

function* read_trylock(c: Vcpu, sem: Ptr): Code<boolean> {
  let guess = 0;
  do {
    const old = yield* cmpxchg(c, countOf(sem), guess, guess + RWSEM_READER_BIAS);
    if (old === guess) return true;
    guess = old;
  } while ((guess & RWSEM_READ_FAILED_MASK) === 0);
  return false;
}

export function* down_write(c: Vcpu, sem: Ptr): Code {
  yield* down_write_nested(c, sem, 0);
}

/** For a second semaphore of the class of one that is held; see lockdep. Pairs with up_write() and with every up_read(). */
export function* down_write_nested(c: Vcpu, sem: Ptr, subclass: number): Code {
  might_sleep(c);
  if (!has_tasks(c)) {
    yield* update(c, countOf(sem), ADD, RWSEM_FLAG_WAITERS);
    yield* waitRmw(c, countOf(sem), ~RWSEM_WAITERS_MASK, 0, ADD, RWSEM_WRITER_LOCKED - RWSEM_FLAG_WAITERS);
  } else if (!(yield* write_trylock(c, sem))) yield* rwsem_down_write_slowpath(c, sem);
  lock_acquired(c, sem, subclass, false);
}

/** @returns whether it is held now. Pairs with up_write() and with every up_read(). */
export function* down_write_trylock(c: Vcpu, sem: Ptr): Code<boolean> {
  const got = yield* write_trylock(c, sem);
  if (got) lock_acquired(c, sem, 0, true);
  return got;
}

function* write_trylock(c: Vcpu, sem: Ptr): Code<boolean> {
  return (yield* cmpxchg(c, countOf(sem), 0, RWSEM_WRITER_LOCKED)) === 0;
}

/**
 * Pairs with down_read() and down_write(), and with rwsem_add_waiter(). The waiters are looked after even if a reader seems to be there: it
 * may be rwsem_mark_wake(), which takes its count back when it finds this writer.
 */
export function* up_write(c: Vcpu, sem: Ptr): Code {
  lock_release(c, sem);
  if (!has_tasks(c)) yield* rmw(c, countOf(sem), ADD, -RWSEM_WRITER_LOCKED);
  else {
    const count = (yield* rmw(c, countOf(sem), ADD, -RWSEM_WRITER_LOCKED)) - RWSEM_WRITER_LOCKED;
    const free = on(c, wake_anyway) || (count & RWSEM_LOCK_MASK) === 0;
    if (free && (count & RWSEM_FLAG_WAITERS) !== 0) yield* rwsem_wake(c, sem);
  }
}

/** Does anybody hold it? */
export function* rwsem_is_locked(c: Vcpu, sem: Ptr): Code<boolean> {
  return ((yield* load(c, countOf(sem))) & RWSEM_LOCK_MASK) !== 0;
}
