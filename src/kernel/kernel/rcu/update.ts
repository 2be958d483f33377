// SPDX-License-Identifier: GPL-2.0-only
/**
 * RCU for its users. Linux v6.6: include/linux/rcupdate.h, rcu_read_lock(), rcu_read_unlock(); kernel/rcu/tree.c, call_rcu().
 *
 * The grace period is the machine's (cpu/deferred.ts): a callback may run once every section that was open at its call_rcu() has ended and
 * the stores issued in it have drained. A callback is an actor without a CPU.
 * left out: synchronize_rcu(), batching of callbacks, the list that head links them in: callbacks may run in any order.
 */
import { defer, sectionBegin, sectionEnd } from '../../../../cpu/deferred.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

/** Pairs with call_rcu(): who removes what is read here waits for the section. */
export function* rcu_read_lock(c: Vcpu): Code {
  yield* sectionBegin(c);
}

/** Pairs with the wait of a callback: what was read and stored in the section is done before it runs. */
export function* rcu_read_unlock(c: Vcpu): Code {
  if (c.sections === 0) violate(c, 'locking', 'WARNING: bad unlock balance detected: rcu_read_unlock() without rcu_read_lock()');
  yield* sectionEnd(c);
}

/** Is the context in a section? Linux v6.6: rcu_read_lock_held(). */
export const rcu_read_lock_held = (c: Vcpu): boolean => c.sections > 0;

/**
 * Runs func(head) after a grace period, on a context of its own. Pairs with rcu_read_lock(): sections that start later cannot find what was
 * removed before this.
 */
export function* call_rcu(c: Vcpu, head: Ptr, func: (cb: Vcpu, head: number) => Code): Code {
  yield* defer(c, func, head);
}

/** The context has come to its end, or back to user mode. Linux v6.6: kernel/locking/lockdep.c, lockdep_sys_exit(). */
export function rcu_check_exit(c: Vcpu): void {
  if (c.sections > 0) violate(c, 'locking', `WARNING: ${c.m.contextName(c)} ends in an RCU read-side critical section`);
}
