// SPDX-License-Identifier: GPL-2.0-only
/**
 * A userfaultfd: who waits for its answer, and being woken. Linux v6.6: fs/userfaultfd.c, struct userfaultfd_ctx, struct userfaultfd_wait_queue,
 * new_userfaultfd(), userfaultfd_ctx_get(), userfaultfd_ctx_put(), wake_userfault(), userfaultfd_wake_function().
 * left out: the file and its messages: who answers is told by the test or scenario which fault there is. Events, features, unpoisoning.
 */
import { load, peek, poke, rmw, store, update, waitLoad } from '../../../../cpu/ops.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mmdrop, mmgrab } from '../../include/linux/sched/mm.ts';
import { get_current, has_tasks, set_current_state, TASK_RUNNING, TASK_UNINTERRUPTIBLE } from '../../include/linux/sched.ts';
import { kmem_cache } from '../../include/linux/slab.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { schedule } from '../../kernel/sched/schedule.ts';
import { try_to_wake_up } from '../../kernel/sched/try_to_wake_up.ts';
import { kmem_cache_alloc, kmem_cache_free } from '../../mm/slub/kmem_cache_alloc.ts';
import { at, atomic, ptr, struct, word } from '../../struct.ts';

export const userfaultfd_ctx = struct('userfaultfd_ctx', {
  refcount: atomic,
  mm: ptr,
  /** fault_pending_wqh: its lock, and the list of those that wait. */
  wqh_lock: atomic,
  wqh_head: ptr,
  released: atomic,
});

/** On the stack of the fault in Linux. */
const userfaultfd_wait_queue = struct('userfaultfd_wait_queue', { next: ptr, address: word, task: ptr, waken: atomic });

const userfaultfd_ctx_cachep = kmem_cache('userfaultfd_ctx_cache', userfaultfd_ctx);
const wait_queue_cachep = kmem_cache('userfaultfd_wait_queue', userfaultfd_wait_queue);

/** userfaultfd(2). @returns NULL without memory */
export function* new_userfaultfd(c: Vcpu, mm: Ptr): Code<Ptr> {
  const ctx = yield* kmem_cache_alloc(c, userfaultfd_ctx_cachep);
  if (ctx === NULL) return NULL;
  poke(c, at(ctx, userfaultfd_ctx.refcount), 1);
  poke(c, at(ctx, userfaultfd_ctx.mm), mm);
  yield* mmgrab(c, mm);
  return ctx;
}

export function* userfaultfd_ctx_get(c: Vcpu, ctx: Ptr): Code {
  yield* update(c, at(ctx, userfaultfd_ctx.refcount), ADD, 1);
}

export function* userfaultfd_ctx_put(c: Vcpu, ctx: Ptr): Code {
  if ((yield* rmw(c, at(ctx, userfaultfd_ctx.refcount), ADD, -1)) !== 1) return;
  yield* mmdrop(c, peek(c, at(ctx, userfaultfd_ctx.mm)) as Ptr);
  yield* kmem_cache_free(c, userfaultfd_ctx_cachep, ctx);
}

/** From here on a wake-up for the address is not missed. @returns the waiter, or NULL without memory */
export function* userfault_enqueue(c: Vcpu, ctx: Ptr, address: number): Code<Ptr> {
  const uwq = yield* kmem_cache_alloc(c, wait_queue_cachep);
  if (uwq === NULL) return NULL;
  poke(c, at(uwq, userfaultfd_wait_queue.address), address);
  poke(c, at(uwq, userfaultfd_wait_queue.task), has_tasks(c) ? get_current(c) : NULL);
  yield* store(c, at(uwq, userfaultfd_wait_queue.waken), 0);
  yield* spin_lock(c, at(ctx, userfaultfd_ctx.wqh_lock));
  poke(c, at(uwq, userfaultfd_wait_queue.next), peek(c, at(ctx, userfaultfd_ctx.wqh_head)));
  poke(c, at(ctx, userfaultfd_ctx.wqh_head), uwq);
  yield* spin_unlock(c, at(ctx, userfaultfd_ctx.wqh_lock));
  return uwq;
}

/** Until the fault has been answered. Pairs with wake_userfault(). */
export function* userfault_wait(c: Vcpu, uwq: Ptr): Code {
  const waken = at(uwq, userfaultfd_wait_queue.waken);
  if (!has_tasks(c)) {
    yield* waitLoad(c, waken, -1, 1);
    return;
  }
  for (;;) {
    yield* set_current_state(c, TASK_UNINTERRUPTIBLE);
    if ((yield* load(c, waken)) !== 0) break;
    yield* schedule(c);
  }
  yield* set_current_state(c, TASK_RUNNING);
}

/** The waiter goes, whether it was woken or need not wait. */
export function* userfault_dequeue(c: Vcpu, ctx: Ptr, uwq: Ptr): Code {
  yield* spin_lock(c, at(ctx, userfaultfd_ctx.wqh_lock));
  let link = at(ctx, userfaultfd_ctx.wqh_head);
  for (let other = peek(c, link) as Ptr; other !== NULL && other !== uwq; other = peek(c, link) as Ptr)
    link = at(other, userfaultfd_wait_queue.next);
  if (peek(c, link) === uwq) poke(c, link, peek(c, at(uwq, userfaultfd_wait_queue.next)));
  yield* spin_unlock(c, at(ctx, userfaultfd_ctx.wqh_lock));
  yield* kmem_cache_free(c, wait_queue_cachep, uwq);
}

/** UFFDIO_WAKE, and what follows a copy: whoever waits for an address of the range goes on. */
export function* wake_userfault(c: Vcpu, ctx: Ptr, start: number, len: number): Code {
  yield* spin_lock(c, at(ctx, userfaultfd_ctx.wqh_lock));
  for (
    let uwq = peek(c, at(ctx, userfaultfd_ctx.wqh_head)) as Ptr;
    uwq !== NULL;
    uwq = peek(c, at(uwq, userfaultfd_wait_queue.next)) as Ptr
  ) {
    const address = peek(c, at(uwq, userfaultfd_wait_queue.address));
    if (address < start || address >= start + len) continue;
    const task = peek(c, at(uwq, userfaultfd_wait_queue.task)) as Ptr;
    yield* store(c, at(uwq, userfaultfd_wait_queue.waken), 1);
    if (task !== NULL) yield* try_to_wake_up(c, task);
  }
  yield* spin_unlock(c, at(ctx, userfaultfd_ctx.wqh_lock));
}
