// SPDX-License-Identifier: GPL-2.0-only
/**
 * The lock of a folio: a bit of its flags. Linux v6.6: mm/filemap.c, __folio_lock(), folio_unlock(), __folio_lock_or_retry();
 * include/linux/pagemap.h, folio_lock(), folio_trylock(), lock_page(), unlock_page().
 *
 * Where CPUs have no tasks a wait is one operation that blocks; tasks sleep (folio_wait.ts).
 */
import { load, peek, rmw, waitLoad, waitRmw } from '../../../../cpu/ops.ts';
import { AND, OR } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { compound_head } from '../../include/linux/mm/page.ts';
import { FAULT_FLAG_ALLOW_RETRY, FAULT_FLAG_RETRY_NOWAIT, VM_FAULT_RETRY, type vm_fault } from '../../include/linux/mm/vm_fault.ts';
import { page, vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_read_unlock } from '../../include/linux/mmap_lock.ts';
import { PG_locked, PG_waiters } from '../../include/linux/page-flags-bits.ts';
import { has_tasks } from '../../include/linux/sched.ts';
import { at } from '../../struct.ts';
import { folio_wait_bit, folio_wake_bit } from './folio_wait.ts';

const LOCKED = 1 << PG_locked;
const flagsOf = (folio: Ptr): Ptr => at(folio, page.flags);

/** Pairs with folio_unlock(). */
export function* folio_lock(c: Vcpu, folio: Ptr): Code {
  if (!has_tasks(c)) yield* waitRmw(c, flagsOf(folio), LOCKED, 0, OR, LOCKED);
  else while (!(yield* folio_trylock(c, folio))) yield* folio_wait_bit(c, folio, PG_locked);
}

/** @returns whether it was free and is held now */
export function* folio_trylock(c: Vcpu, folio: Ptr): Code<boolean> {
  return ((yield* rmw(c, flagsOf(folio), OR, LOCKED)) & LOCKED) === 0;
}

/** Pairs with folio_lock(): what its holder did is seen. */
export function* folio_unlock(c: Vcpu, folio: Ptr): Code {
  const old = yield* rmw(c, flagsOf(folio), AND, ~LOCKED);
  if ((old & (1 << PG_waiters)) !== 0) yield* folio_wake_bit(c, folio, PG_locked);
}

/** Until nobody holds it: it may be held again at once. */
export function* folio_wait_locked(c: Vcpu, folio: Ptr): Code {
  if (!has_tasks(c)) yield* waitLoad(c, flagsOf(folio), LOCKED, 0);
  else while (((yield* load(c, flagsOf(folio))) & LOCKED) !== 0) yield* folio_wait_bit(c, folio, PG_locked);
}

/** Nobody else knows the folio yet. */
export function* __folio_set_locked(c: Vcpu, folio: Ptr): Code {
  yield* rmw(c, flagsOf(folio), OR, LOCKED);
}

/**
 * In a fault: does not wait with mmap_lock held if the fault can be taken again.
 * @returns 0 if it is locked; or VM_FAULT_RETRY, and then mmap_lock has been dropped unless FAULT_FLAG_RETRY_NOWAIT asks for neither
 */
export function* folio_lock_or_retry(c: Vcpu, folio: Ptr, vmf: vm_fault): Code<number> {
  if (yield* folio_trylock(c, folio)) return 0;
  if ((vmf.flags & FAULT_FLAG_ALLOW_RETRY) === 0) {
    yield* folio_lock(c, folio);
    return 0;
  }
  if ((vmf.flags & FAULT_FLAG_RETRY_NOWAIT) !== 0) return VM_FAULT_RETRY;
  yield* mmap_read_unlock(c, peek(c, at(vmf.vma, vm_area_struct.vm_mm)) as Ptr);
  yield* folio_wait_locked(c, folio);
  return VM_FAULT_RETRY;
}

export function* lock_page(c: Vcpu, p: Ptr): Code {
  yield* folio_lock(c, yield* compound_head(c, p));
}

export function* unlock_page(c: Vcpu, p: Ptr): Code {
  yield* folio_unlock(c, yield* compound_head(c, p));
}
