// SPDX-License-Identifier: GPL-2.0-only
/**
 * Tasks that wait for a bit of a folio's flags to be cleared. Linux v6.6: mm/filemap.c, folio_wait_bit_common(), folio_wake_bit(), folio_wait_table.
 *
 * One list under one lock stands for the hash table of wait queues: the order of waiters of one folio is the same. Who is woken takes the lock
 * itself, and waits again if somebody was faster.
 * left out: handing the lock over after waiting twice, waits that a signal ends.
 */
import { load, peek, poke, update } from '../../../../cpu/ops.ts';
import { AND, OR } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { page } from '../../include/linux/mm_types.ts';
import { PG_waiters } from '../../include/linux/page-flags-bits.ts';
import {
  __set_current_state,
  get_current,
  set_current_state,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
  task_struct,
} from '../../include/linux/sched.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { schedule } from '../../kernel/sched/schedule.ts';
import { try_to_wake_up } from '../../kernel/sched/try_to_wake_up.ts';
import { type Kernel, kernelOf, newObject } from '../../kernel.ts';
import { at, atomic, ptr, struct } from '../../struct.ts';

const wait_queue_head = struct('wait_queue_head', { lock: atomic, head: ptr });

export function pagecache_init(k: Kernel): void {
  k.globals.folio_wait_table = newObject(k, wait_queue_head, 'folio_wait_table');
}

/** Sleeps until the bit has been cleared once, or is clear. */
export function* folio_wait_bit(c: Vcpu, folio: Ptr, bit: number): Code {
  const q = kernelOf(c).globals.folio_wait_table;
  const me = get_current(c);
  const flags = at(folio, page.flags);
  yield* spin_lock(c, at(q, wait_queue_head.lock));
  yield* update(c, flags, OR, 1 << PG_waiters);
  // Pairs with folio_unlock(), which clears the bit before it looks for waiters.
  if ((((yield* load(c, flags)) >>> bit) & 1) === 0) {
    yield* spin_unlock(c, at(q, wait_queue_head.lock));
    return;
  }
  poke(c, at(me, task_struct.waiter_type), folio);
  poke(c, at(me, task_struct.waiter_next), NULL);
  yield* update(c, at(me, task_struct.waiter_task), OR, me);
  append(c, q, me);
  yield* spin_unlock(c, at(q, wait_queue_head.lock));
  for (;;) {
    yield* set_current_state(c, TASK_UNINTERRUPTIBLE);
    if ((yield* load(c, at(me, task_struct.waiter_task))) === 0) break;
    yield* schedule(c);
  }
  yield* __set_current_state(c, TASK_RUNNING);
}

function append(c: Vcpu, q: Ptr, task: Ptr): void {
  let link = at(q, wait_queue_head.head);
  for (let next = peek(c, link) as Ptr; next !== NULL; next = peek(c, link) as Ptr) link = at(next, task_struct.waiter_next);
  poke(c, link, task);
}

/** Wakes all who wait for the folio. */
export function* folio_wake_bit(c: Vcpu, folio: Ptr, _bit: number): Code {
  const q = kernelOf(c).globals.folio_wait_table;
  const woken: Ptr[] = [];
  yield* spin_lock(c, at(q, wait_queue_head.lock));
  let link = at(q, wait_queue_head.head);
  for (let task = peek(c, link) as Ptr; task !== NULL; task = peek(c, link) as Ptr) {
    if (peek(c, at(task, task_struct.waiter_type)) === folio) {
      poke(c, link, peek(c, at(task, task_struct.waiter_next)));
      woken.push(task);
    } else link = at(task, task_struct.waiter_next);
  }
  yield* update(c, at(folio, page.flags), AND, ~(1 << PG_waiters));
  yield* spin_unlock(c, at(q, wait_queue_head.lock));
  for (const task of woken) {
    yield* update(c, at(task, task_struct.waiter_task), AND, 0);
    yield* try_to_wake_up(c, task);
  }
}
