// SPDX-License-Identifier: GPL-2.0-only
/**
 * The tasks that wait for a semaphore. Linux v6.6: kernel/locking/rwsem.c, rwsem_add_waiter(), rwsem_del_waiter(), rwsem_mark_wake(),
 * rwsem_wake(); kernel/sched/core.c, wake_up_q().
 *
 * The list is under wait_lock. A reader is handed the semaphore by whoever wakes it; a writer is woken and takes it by itself.
 */
import { peek, poke, rmw, store, update } from '../../../../../cpu/ops.ts';
import { ADD, OR } from '../../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../mmu/types.ts';
import { task_struct } from '../../../include/linux/sched.ts';
import { at } from '../../../struct.ts';
import { try_to_wake_up } from '../../sched/try_to_wake_up.ts';
import { spin_lock, spin_unlock } from '../spinlock.ts';
import {
  countOf,
  RWSEM_FLAG_WAITERS,
  RWSEM_READER_BIAS,
  RWSEM_WRITER_LOCKED,
  WAITING_FOR_READ,
  WAITING_FOR_WRITE,
  wait_listOf,
  wait_lockOf,
} from './bits.ts';

export const first_waiter = (c: Vcpu, sem: Ptr): Ptr => peek(c, wait_listOf(sem)) as Ptr;
export const next_waiter = (c: Vcpu, p: Ptr): Ptr => peek(c, at(p, task_struct.waiter_next)) as Ptr;

/** To the end of the list. @returns what count held before, if the list was empty and the flag has been set, else -1 */
export function* rwsem_add_waiter(c: Vcpu, sem: Ptr, p: Ptr, type: number): Code<number> {
  const first = first_waiter(c, sem) === 0;
  let link = wait_listOf(sem);
  for (let q = peek(c, link); q !== 0; q = peek(c, link)) link = at(q as Ptr, task_struct.waiter_next);
  poke(c, at(p, task_struct.waiter_next), 0);
  poke(c, at(p, task_struct.waiter_type), type);
  poke(c, link, p);
  yield* store(c, at(p, task_struct.waiter_task), p);
  // A full barrier. Pairs with the releases: either they see the flag, or what they gave back is seen here.
  return first ? yield* rmw(c, countOf(sem), OR, RWSEM_FLAG_WAITERS) : -1;
}

/** Out of the list, wherever it stands; the flag is the caller's to take back. @returns whether the list is empty now */
export function rwsem_del_waiter(c: Vcpu, sem: Ptr, p: Ptr): boolean {
  let link = wait_listOf(sem);
  while (peek(c, link) !== p) link = at(peek(c, link) as Ptr, task_struct.waiter_next);
  poke(c, link, peek(c, at(p, task_struct.waiter_next)));
  return first_waiter(c, sem) === 0;
}

/**
 * Under wait_lock: who is to be woken. All readers of the list if the first waiter is one, which then have the semaphore; else the writer
 * in front. @returns the tasks
 */
export function* rwsem_mark_wake(c: Vcpu, sem: Ptr): Code<Ptr[]> {
  const first = first_waiter(c, sem);
  if (first === 0) return [];
  if (peek(c, at(first, task_struct.waiter_type)) === WAITING_FOR_WRITE) return [first];
  const old = yield* rmw(c, countOf(sem), ADD, RWSEM_READER_BIAS);
  if ((old & RWSEM_WRITER_LOCKED) !== 0) {
    yield* update(c, countOf(sem), ADD, -RWSEM_READER_BIAS); // a writer was faster; its release wakes them
    return [];
  }
  const woken: Ptr[] = [];
  let empty = false;
  for (let q = first; q !== 0; q = next_waiter(c, q)) {
    if (peek(c, at(q, task_struct.waiter_type)) !== WAITING_FOR_READ) continue;
    woken.push(q);
    empty = rwsem_del_waiter(c, sem, q);
  }
  const adjustment = (woken.length - 1) * RWSEM_READER_BIAS - (empty ? RWSEM_FLAG_WAITERS : 0);
  if (adjustment !== 0) yield* update(c, countOf(sem), ADD, adjustment);
  // smp_store_release(): pairs with the load in rwsem_down_read_slowpath(). Afterwards the waiter may be gone.
  for (const q of woken) yield* store(c, at(q, task_struct.waiter_task), 0);
  return woken;
}

/** Outside wait_lock. */
export function* wake_up_q(c: Vcpu, tasks: readonly Ptr[]): Code {
  for (const p of tasks) yield* try_to_wake_up(c, p);
}

/** After a release that left the semaphore free, with waiters. */
export function* rwsem_wake(c: Vcpu, sem: Ptr): Code {
  yield* spin_lock(c, wait_lockOf(sem));
  const tasks = yield* rwsem_mark_wake(c, sem);
  yield* spin_unlock(c, wait_lockOf(sem));
  yield* wake_up_q(c, tasks);
}
