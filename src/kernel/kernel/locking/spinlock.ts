// SPDX-License-Identifier: GPL-2.0-only
/**
 * Spinlocks. Linux v6.6: kernel/locking/spinlock.c, include/linux/spinlock_api_smp.h, __raw_spin_lock(), __raw_spin_trylock(),
 * __raw_spin_unlock(); kernel/locking/qspinlock.c.
 *
 * A lock is one word, 0 or 1. Taking it is a single operation that waits: which waiter is next is open, so every order that the queue of
 * qspinlock could have is among those explored.
 * left out: the queue and its fairness, spin_lock_irq() and its kin: a handler never waits.
 */
import { cmpxchg, load, store, waitRmw } from '../../../../cpu/ops.ts';
import { XCHG } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { preempt_disable, preempt_enable } from '../../include/linux/preempt.ts';
import { check_lock_frame } from './lockdep/frame.ts';
import { lock_acquired, lock_release, might_wait } from './lockdep/lockdep.ts';

export function* spin_lock(c: Vcpu, lock: Ptr): Code {
  yield* spin_lock_nested(c, lock, 0);
}

/** For a second lock of the class of one that is held; see lockdep. Pairs with the store of spin_unlock(): what its holder did is seen. */
export function* spin_lock_nested(c: Vcpu, lock: Ptr, subclass: number): Code {
  might_wait(c, lock);
  preempt_disable(c);
  yield* waitRmw(c, lock, -1, 0, XCHG, 1);
  check_lock_frame(c, lock);
  lock_acquired(c, lock, subclass, false);
}

/** @returns whether the lock was free and is held now */
export function* spin_trylock(c: Vcpu, lock: Ptr): Code<boolean> {
  preempt_disable(c);
  const old = yield* cmpxchg(c, lock, 0, 1); // Pairs with the store of spin_unlock()
  check_lock_frame(c, lock);
  if (old !== 0) {
    preempt_enable(c);
    return false;
  }
  lock_acquired(c, lock, 0, true);
  return true;
}

/** Pairs with the locked operation of spin_lock(): the store leaves the buffer behind everything that was stored under the lock. */
export function* spin_unlock(c: Vcpu, lock: Ptr): Code {
  lock_release(c, lock);
  yield* store(c, lock, 0);
  preempt_enable(c);
}

export function* spin_is_locked(c: Vcpu, lock: Ptr): Code<boolean> {
  return (yield* load(c, lock)) !== 0;
}
