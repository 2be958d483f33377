// SPDX-License-Identifier: GPL-2.0-only
/**
 * How PAE entries are written. Linux v6.6: arch/x86/include/asm/pgtable-3level.h, pxx_xchg64 and its users.
 *
 *   native_set_pte      high, then low: two plain stores; the old entry is not present, or has the same frame
 *   native_set_pmd      one CMPXCHG8B, repeated until it succeeds
 *   native_pmd_clear    low = 0, then high = 0: two plain stores
 *   ..._get_and_clear   one CMPXCHG8B with 0
 *   pmdp_establish      one CMPXCHG8B, or low by XCHG and then high if the new value is not present
 */

import { cmpxchg8b, load, peek, rmw, store, storeHalf } from '../../../../../../../cpu/ops.ts';
import { XCHG } from '../../../../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../../../mmu/types.ts';
import { data_race } from '../../../../../guard.ts';
import { at } from '../../../../../struct.ts';

export const LOW = 0;
export const HIGH = 1;

data_race('the two stores of native_set_pte, read locklessly by ptep_get_lockless', 'arch/x86/include/asm/pgtable-3level.h native_set_pte');
data_race('the two stores of native_pmd_clear', 'arch/x86/include/asm/pgtable-3level.h native_pmd_clear');

export function* native_set_pte(c: Vcpu, ptep: Ptr, lo: number, hi: number): Code {
  yield* storeHalf(c, at(ptep, HIGH), hi);
  // smp_wmb(): nothing to do under TSO. Pairs with the first smp_rmb() of ptep_get_lockless: who sees this low sees this high.
  yield* store(c, at(ptep, LOW), lo);
}

/** The first read is plain: the pmd lock protects the entry from every other writer. @returns the old low word; the high one is in c.hi */
function* pxx_xchg64(c: Vcpu, p: Ptr, lo: number, hi: number): Code<number> {
  let oldLo = peek(c, at(p, LOW));
  let oldHi = peek(c, at(p, HIGH));
  while (!(yield* cmpxchg8b(c, p, oldLo, oldHi, lo, hi))) {
    oldLo = c.value >>> 0;
    oldHi = c.hi >>> 0;
  }
  c.hi = oldHi;
  return oldLo;
}

export function* native_set_pmd(c: Vcpu, pmdp: Ptr, lo: number, hi: number): Code {
  yield* pxx_xchg64(c, pmdp, lo, hi);
}

export function* native_pmdp_get_and_clear(c: Vcpu, pmdp: Ptr): Code<number> {
  return yield* pxx_xchg64(c, pmdp, 0, 0);
}

/** The old entry is read with the clear, so that no A or D which the processor sets meanwhile is lost. */
export function* native_ptep_get_and_clear(c: Vcpu, ptep: Ptr): Code<number> {
  return yield* pxx_xchg64(c, ptep, 0, 0);
}

/**
 * A new value for a present pmd; what was there is returned as pxx_xchg64() does. One that is not present may come half by half: once the low word
 * has been exchanged no processor walks through it, and the pmd lock keeps everybody else away.
 */
export function* native_pmdp_establish(c: Vcpu, pmdp: Ptr, lo: number, hi: number): Code<number> {
  if ((lo & 1) !== 0) return yield* pxx_xchg64(c, pmdp, lo, hi);
  const oldLo = yield* rmw(c, at(pmdp, LOW), XCHG, lo);
  const oldHi = peek(c, at(pmdp, HIGH));
  yield* store(c, at(pmdp, HIGH), hi);
  c.hi = oldHi;
  return oldLo;
}

/** For an entry that is not present: a swap entry. */
export function* native_pte_clear(c: Vcpu, ptep: Ptr): Code {
  yield* native_pmd_clear(c, ptep);
}

export function* native_pmd_clear(c: Vcpu, pmdp: Ptr): Code {
  yield* storeHalf(c, at(pmdp, LOW), 0);
  // smp_wmb(): nothing to do under TSO. Pairs with the second smp_rmb() of pmdp_get_lockless.
  yield* store(c, at(pmdp, HIGH), 0);
}

/** A pte, read half by half. @returns low; high is in c.hi */
export function* ptep_get(c: Vcpu, ptep: Ptr): Code<number> {
  const hi = yield* load(c, at(ptep, HIGH));
  const lo = yield* load(c, at(ptep, LOW));
  c.hi = hi;
  return lo;
}

/**
 * The same of one whose lock is held. The processor sets A and D in it, if it is present; an empty one stays as it is, so that a plain look is enough and
 * a loop over a whole table has few transitions.
 */
export function* ptep_get_locked(c: Vcpu, ptep: Ptr): Code<number> {
  if ((peek(c, at(ptep, HIGH)) | peek(c, at(ptep, LOW))) !== 0) return yield* ptep_get(c, ptep);
  c.hi = 0;
  return 0;
}
