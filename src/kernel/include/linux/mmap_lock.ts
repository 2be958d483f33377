// SPDX-License-Identifier: GPL-2.0-only
/**
 * mmap_lock. Linux v6.6: include/linux/mmap_lock.h.
 *
 * Whoever drops the lock for writing gives up every vma lock that it has marked, by a new mm_lock_seq; see mm/vma_lock.ts.
 * left out: the killable forms, since nobody is killed while it waits; downgrading: munmap keeps the lock for writing to its end.
 */
import { peek, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import {
  down_read,
  down_read_trylock,
  down_write,
  down_write_nested,
  down_write_trylock,
  up_read,
  up_write,
} from '../../kernel/locking/rwsem.ts';
import { since } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { mm_struct } from './mm_types.ts';

const lockOf = (mm: Ptr): Ptr => at(mm, mm_struct.mmap_lock);

export function* mmap_read_lock(c: Vcpu, mm: Ptr): Code {
  yield* down_read(c, lockOf(mm));
}

/** @returns whether it is held now */
export function* mmap_read_trylock(c: Vcpu, mm: Ptr): Code<boolean> {
  return yield* down_read_trylock(c, lockOf(mm));
}

export function* mmap_read_unlock(c: Vcpu, mm: Ptr): Code {
  yield* up_read(c, lockOf(mm));
}

export function* mmap_write_lock(c: Vcpu, mm: Ptr): Code {
  yield* down_write(c, lockOf(mm));
}

/** Of a second mm while that of a parent is held. */
export function* mmap_write_lock_nested(c: Vcpu, mm: Ptr): Code {
  yield* down_write_nested(c, lockOf(mm), 1);
}

/** @returns whether it is held now */
export function* mmap_write_trylock(c: Vcpu, mm: Ptr): Code<boolean> {
  return yield* down_write_trylock(c, lockOf(mm));
}

/** Pairs with vma_start_read(): who reads the new sequence may have the vma locks that this writer had marked. */
export function* vma_end_write_all(c: Vcpu, mm: Ptr): Code {
  yield* store(c, at(mm, mm_struct.mm_lock_seq), (peek(c, at(mm, mm_struct.mm_lock_seq)) + 1) >>> 0);
}

export function* mmap_write_unlock(c: Vcpu, mm: Ptr): Code {
  if (since(c, '5e31275cc997')) yield* vma_end_write_all(c, mm);
  yield* up_write(c, lockOf(mm));
}
