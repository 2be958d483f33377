// SPDX-License-Identifier: GPL-2.0-only
/**
 * References to an address space: mm_users for its contents, mm_count for the object. Linux v6.6: include/linux/sched/mm.h, mmgrab(), mmdrop(),
 * mmget(), mmget_not_zero().
 */
import { cmpxchg, load, rmw, update } from '../../../../../cpu/ops.ts';
import { ADD } from '../../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../mmu/types.ts';
import { __mmdrop } from '../../../kernel/fork/__mmdrop.ts';
import { at } from '../../../struct.ts';
import { mm_struct } from '../mm_types.ts';

export function* mmgrab(c: Vcpu, mm: Ptr): Code {
  yield* update(c, at(mm, mm_struct.mm_count), ADD, 1);
}

export function* mmdrop(c: Vcpu, mm: Ptr): Code {
  if ((yield* rmw(c, at(mm, mm_struct.mm_count), ADD, -1)) === 1) yield* __mmdrop(c, mm);
}

/** The caller has a reference of this kind. */
export function* mmget(c: Vcpu, mm: Ptr): Code {
  yield* update(c, at(mm, mm_struct.mm_users), ADD, 1);
}

/** @returns whether its contents are still there, and stay */
export function* mmget_not_zero(c: Vcpu, mm: Ptr): Code<boolean> {
  const users = at(mm, mm_struct.mm_users);
  let guess = yield* load(c, users);
  while (guess !== 0) {
    const old = yield* cmpxchg(c, users, guess, guess + 1);
    if (old === guess) return true;
    guess = old;
  }
  return false;
}
