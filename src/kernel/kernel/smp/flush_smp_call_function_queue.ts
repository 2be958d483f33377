// SPDX-License-Identifier: GPL-2.0-only
/**
 * The target's side of a function call. Linux v6.6: kernel/smp.c, __flush_smp_call_function_queue(),
 * generic_smp_call_function_single_interrupt().
 *
 * left out: CSD_TYPE_IRQ_WORK and CSD_TYPE_TTWU, which nothing here queues; the warning about a CPU that is offline.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { call_single_data, percpu, this_cpu_ptr } from '../../include/linux/percpu.ts';
import { callFunction } from '../../registry.ts';
import { at } from '../../struct.ts';
import { CSD_TYPE, CSD_TYPE_SYNC, csd_unlock } from './csd.ts';
import { llist_del_all, llist_next, llist_reverse_order } from './llist.ts';

/** With interrupts off. Pairs with llist_add() of the sources, and csd_unlock() with their csd_lock_wait(). */
export function* __flush_smp_call_function_queue(c: Vcpu): Code {
  const newest = yield* llist_del_all(c, this_cpu_ptr(c, percpu.call_single_queue));
  let entry = llist_reverse_order(c, newest);
  check_ends(c, entry);
  // First the calls whose sources wait. Each is unlinked before it is unlocked: from then on its source may use it again.
  let prev = 0 as Ptr;
  for (let csd = entry; csd !== 0; ) {
    const following = llist_next(c, csd);
    if (CSD_TYPE(c, csd) === CSD_TYPE_SYNC) {
      if (prev !== 0) poke(c, at(prev, call_single_data.llist_next), following);
      else entry = following;
      yield* call_and_unlock(c, csd);
    } else prev = csd;
    csd = following;
  }
  for (let csd = entry; csd !== 0; ) {
    const following = llist_next(c, csd);
    yield* unlock_and_call(c, csd);
    csd = following;
  }
}

/** CSD_TYPE_SYNC: the source goes on when the function has returned. */
function* call_and_unlock(c: Vcpu, csd: Ptr): Code {
  yield* callFunction(c, peek(c, at(csd, call_single_data.func)), peek(c, at(csd, call_single_data.info)));
  yield* csd_unlock(c, csd);
}

/** CSD_TYPE_ASYNC: nobody waits, so the data is free as soon as it has been read. */
function* unlock_and_call(c: Vcpu, csd: Ptr): Code {
  const func = peek(c, at(csd, call_single_data.func));
  const info = peek(c, at(csd, call_single_data.info));
  yield* csd_unlock(c, csd);
  yield* callFunction(c, func, info);
}

/** One call_single_data a source: a list that is longer runs in a circle, because one was queued while it was queued. */
function check_ends(c: Vcpu, entry: Ptr): void {
  let n = 0;
  for (let csd = entry; csd !== 0; csd = llist_next(c, csd)) {
    if (++n > c.m.cpus) violate(c, 'locking', `the call_single_queue of CPU${c.id} has no end: ${c.m.nameOf(csd)} is on it twice`);
  }
}
