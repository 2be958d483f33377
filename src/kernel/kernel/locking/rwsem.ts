// SPDX-License-Identifier: GPL-2.0-only
/**
 * Reader-writer semaphores. Linux v6.6: kernel/locking/rwsem.c, down_read(), down_read_trylock(), up_read(), down_write(),
 * down_write_trylock(), up_write().
 *
 * A waiting writer stops new readers. Here every wait is one operation that blocks; a writer first counts itself as waiting (bits 1 to 7),
 * which commutes with readers that leave, so that the second step costs no execution. Readers' acquisitions commute, and so do their
 * releases.
 * left out: optimistic spinning, lock stealing, handoff, owner tracking, downgrade_write().
 */
import { cmpxchg, poke, update, waitRmw, waitUpdate } from '../../../../cpu/ops.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { rw_semaphore } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';
import { lock_acquired, lock_release, might_wait } from './lockdep/lockdep.ts';

/** Bits of rw_semaphore.count. */
export const RWSEM_WRITER_LOCKED = 1;
const RWSEM_WAITER = 2;
const RWSEM_WAITERS_MASK = 0xfe;
export const RWSEM_READER_BIAS = 256;
/** A writer holds it, or waits: no new readers. */
const RWSEM_READ_FAILED_MASK = RWSEM_WRITER_LOCKED | RWSEM_WAITERS_MASK;

export function init_rwsem(c: Vcpu, sem: Ptr): void {
  poke(c, at(sem, rw_semaphore.count), 0);
  poke(c, at(sem, rw_semaphore.wait_lock), 0);
  poke(c, at(sem, rw_semaphore.wait_list), 0);
}

/** Pairs with up_write(). */
export function* down_read(c: Vcpu, sem: Ptr): Code {
  might_wait(c, sem);
  yield* waitUpdate(c, at(sem, rw_semaphore.count), RWSEM_READ_FAILED_MASK, 0, ADD, RWSEM_READER_BIAS);
  lock_acquired(c, sem, 0, false);
}

/** Pairs with down_write(). */
export function* up_read(c: Vcpu, sem: Ptr): Code {
  lock_release(c, sem);
  yield* update(c, at(sem, rw_semaphore.count), ADD, -RWSEM_READER_BIAS);
}

/** @returns whether it is held now. Pairs with up_write(). */
export function* down_read_trylock(c: Vcpu, sem: Ptr): Code<boolean> {
  let guess = 0;
  do {
    const old = yield* cmpxchg(c, at(sem, rw_semaphore.count), guess, guess + RWSEM_READER_BIAS);
    if (old === guess) {
      lock_acquired(c, sem, 0, true);
      return true;
    }
    guess = old;
  } while ((guess & RWSEM_READ_FAILED_MASK) === 0);
  return false;
}

/** Pairs with up_write() and with every up_read(). */
export function* down_write(c: Vcpu, sem: Ptr): Code {
  might_wait(c, sem);
  yield* update(c, at(sem, rw_semaphore.count), ADD, RWSEM_WAITER);
  yield* waitRmw(c, at(sem, rw_semaphore.count), ~RWSEM_WAITERS_MASK, 0, ADD, RWSEM_WRITER_LOCKED - RWSEM_WAITER);
  lock_acquired(c, sem, 0, false);
}

/** @returns whether it is held now. Pairs with up_write() and with every up_read(). */
export function* down_write_trylock(c: Vcpu, sem: Ptr): Code<boolean> {
  if ((yield* cmpxchg(c, at(sem, rw_semaphore.count), 0, RWSEM_WRITER_LOCKED)) !== 0) return false;
  lock_acquired(c, sem, 0, true);
  return true;
}

/** Pairs with down_read() and down_write(). */
export function* up_write(c: Vcpu, sem: Ptr): Code {
  lock_release(c, sem);
  yield* update(c, at(sem, rw_semaphore.count), ADD, -RWSEM_WRITER_LOCKED);
}
