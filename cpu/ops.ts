// SPDX-License-Identifier: GPL-2.0-only
/**
 * The operations of a vCPU: all that code may do to what others can see. A marked load, a locked operation and a wait are each one
 * transition, and the place where others may run; a store only enters the buffer, and its drain is the transition.
 *
 * A generator for each operation costs as much as the operation. Where that matters, code calls `startLoad` and the like, and yields itself; then
 * what was read lies in `c.value`.
 *
 * In the erased build a bare `yield` becomes `c.m.runNow(c)`: the operation is performed on the spot.
 *
 * Reference: Intel SDM Vol. 3A 9.2 and 9.3; Sewell et al., "x86-TSO" (CACM 2010).
 * Not modelled: LFENCE and SFENCE (no effect under TSO on ordinary memory), non-temporal stores.
 */
import { FRAME_WORDS, type Ptr } from '../mmu/types.ts';
import { args, arm, startCmpxchg, startLoad, startRmw } from './arm.ts';
import { ACQUIRE, AWAIT, BLOCK, CHOOSE, ELAPSE, ISSUE, LOAD, RANGE, RMW, SWITCH } from './kinds.ts';
import { drainFirst, fence, issue, isWalked, plainRead, plainWrite } from './memory.ts';
import { CMPXCHG8B, type RmwFn, XCHG8B } from './rmw.ts';
import { HALFWAY, MARKED, WIDE } from './store-buffer.ts';
import type { Code, Vcpu } from './vcpu.ts';

/** With a clock: the pending operation has been performed, since nobody else is due. */
const isPerformed = (c: Vcpu): boolean => c.m.meter?.performs(c) === true;

/** The next operation, and all later ones, wait until the buffer has drained. */
export function* mfence(c: Vcpu): Code {
  fence(c);
}

/** Marked load of a word. @returns unsigned */
export function* load(c: Vcpu, p: Ptr): Code<number> {
  startLoad(c, p);
  if (!isPerformed(c)) yield;
  return c.value >>> 0;
}

/** Marked load of 8 bytes at once. @returns the low half; the high half is in c.hi, as in EDX:EAX */
export function* load64(c: Vcpu, p: Ptr): Code<number> {
  arm(c, LOAD, p, 2);
  if (!isPerformed(c)) yield;
  return c.value >>> 0;
}

/** Is a store a transition? Where own walks see it, and where it may have to wait for a place: also if it does not, since that depends on others. */
const isIssued = (c: Vcpu, p: Ptr): boolean => isWalked(c, p) || c.buffer.stores >= c.m.bufferDepth;

/** Such a store enters the buffer. */
function* putIssued(c: Vcpu, p: Ptr, lo: number, hi: number, flags: number): Code {
  const { midway } = c;
  const over = c.buffer.stores - c.m.bufferDepth;
  if (isWalked(c, p)) arm(c, ISSUE, p, (flags & WIDE) !== 0 ? 2 : 1);
  else arm(c, ISSUE, 0 as Ptr, 0);
  if (over >= c.need) c.need = over + 1;
  yield;
  c.midway = true;
  issue(c, p, lo | 0, hi | 0, flags);
  c.midway = midway;
}

/** Marked, unlocked store of a word: into the buffer. */
export function* store(c: Vcpu, p: Ptr, v: number): Code {
  if (isIssued(c, p)) yield* putIssued(c, p, v, 0, MARKED);
  else issue(c, p, v | 0, 0, MARKED);
}

/** Marked store of the first half of an entry that another store completes. */
export function* storeHalf(c: Vcpu, p: Ptr, v: number): Code {
  if (isIssued(c, p)) yield* putIssued(c, p, v, 0, MARKED | HALFWAY);
  else issue(c, p, v | 0, 0, MARKED | HALFWAY);
}

/** Marked store of 8 bytes: one buffer entry. */
export function* store64(c: Vcpu, p: Ptr, lo: number, hi: number): Code {
  if (isIssued(c, p)) yield* putIssued(c, p, lo, hi, MARKED | WIDE);
  else issue(c, p, lo | 0, hi | 0, MARKED | WIDE);
}

/** `store`, on a machine without TLBs and with any number of places in its buffers, where it never yields. */
export function storeUnwalked(c: Vcpu, p: Ptr, v: number): void {
  issue(c, p, v | 0, 0, MARKED);
}

/** Locked operation. @returns what the word held before */
export function* rmw(c: Vcpu, p: Ptr, fn: RmwFn, a: number): Code<number> {
  startRmw(c, p, fn, a);
  if (!isPerformed(c)) yield;
  return c.value >>> 0;
}

/**
 * Locked operation whose result nobody uses: additions, ors and ands of this kind commute, and order each other in no way. Not for giving back
 * what a `waitUpdate` waits for: that is an `rmw`.
 */
export function* update(c: Vcpu, p: Ptr, fn: RmwFn, a: number): Code {
  arm(c, RMW, p, 1);
  args(c, fn, a, 0, 0, 0);
  c.quiet = true;
  fence(c);
  if (!isPerformed(c)) yield;
}

/** LOCK CMPXCHG. @returns what the word held before: equal to `old` if the exchange was made */
export function* cmpxchg(c: Vcpu, p: Ptr, old: number, v: number): Code<number> {
  startCmpxchg(c, p, old, v);
  if (!isPerformed(c)) yield;
  return c.value >>> 0;
}

/** LOCK CMPXCHG8B. @returns whether the exchange was made; what was there before is in c.value and c.hi */
export function* cmpxchg8b(c: Vcpu, p: Ptr, oldLo: number, oldHi: number, lo: number, hi: number): Code<boolean> {
  arm(c, RMW, p, 2);
  args(c, CMPXCHG8B, oldLo, oldHi, lo, hi);
  fence(c);
  if (!isPerformed(c)) yield;
  return c.value === (oldLo | 0) && c.hi === (oldHi | 0);
}

/** Exchange of 8 bytes in one step. @returns the low half before; the high half is in c.hi */
export function* xchg64(c: Vcpu, p: Ptr, lo: number, hi: number): Code<number> {
  arm(c, RMW, p, 2);
  args(c, XCHG8B, lo, hi, 0, 0);
  fence(c);
  if (!isPerformed(c)) yield;
  return c.value >>> 0;
}

/** A locked operation that waits until (word & mask) === value: taking a lock. @returns what the word held before */
export function* waitRmw(c: Vcpu, p: Ptr, mask: number, value: number, fn: RmwFn, a: number): Code<number> {
  arm(c, ACQUIRE, p, 1);
  args(c, fn, a, 0, 0, 0);
  c.mask = mask | 0;
  c.want = value | 0;
  fence(c);
  if (!isPerformed(c)) yield;
  return c.value >>> 0;
}

/** The same where acquisitions do not exclude each other (readers): they commute. */
export function* waitUpdate(c: Vcpu, p: Ptr, mask: number, value: number, fn: RmwFn, a: number): Code {
  arm(c, ACQUIRE, p, 1);
  args(c, fn, a, 0, 0, 0);
  c.mask = mask | 0;
  c.want = value | 0;
  c.quiet = true;
  fence(c);
  if (!isPerformed(c)) yield;
}

/** A load that waits until (word & mask) === value. */
export function* waitLoad(c: Vcpu, p: Ptr, mask: number, value: number): Code<number> {
  arm(c, AWAIT, p, 1);
  c.mask = mask | 0;
  c.want = value | 0;
  if (!isPerformed(c)) yield;
  return c.value >>> 0;
}

/**
 * The page walker's locked update of A and D: `bits` are set if the entry is still what the walk saw. Of the store buffer only the own stores to the
 * entry have to drain before. @returns whether the entry was the same
 */
export function* markEntry(c: Vcpu, entry: Ptr, lo: number, hi: number, bits: number): Code<boolean> {
  arm(c, RMW, entry, 2);
  args(c, CMPXCHG8B, lo, hi, lo | bits, hi);
  drainFirst(c, entry);
  yield;
  return c.value === lo && c.hi === hi;
}

/** One of n alternatives, each of them explored. @returns 0 to n - 1 */
export function* choose(c: Vcpu, n: number): Code<number> {
  if (n === 1) return 0;
  arm(c, CHOOSE, 0 as Ptr, 0);
  c.a0 = n;
  yield;
  return c.value;
}

/** What took time has been told to the meter: others go on meanwhile, and see what follows not before. */
export function* elapse(c: Vcpu): Code {
  if (c.m.meter === null) return;
  arm(c, ELAPSE, 0 as Ptr, 0);
  yield;
}

/** One turn of a loop that spins: cut as blocked if it read what the last turn read, and nothing was written. */
export function* cpuRelax(c: Vcpu): Code {
  if (c.m.cutsLoops && c.turn !== 0 && c.turn === c.lastTurn) {
    arm(c, BLOCK, 0 as Ptr, 0);
    yield;
  }
  c.lastTurn = c.turn;
  c.turn = 0;
}

/** Go on only if `ok`; otherwise the execution counts as blocked. */
export function* assume(c: Vcpu, ok: boolean): Code {
  if (!ok) {
    arm(c, BLOCK, 0 as Ptr, 0);
    yield;
  }
}

/** Overwrites a whole frame in one step, and orders every access to it before or after. */
export function* fillRange(c: Vcpu, frame: Ptr, value: number): Code {
  arm(c, RANGE, frame, FRAME_WORDS);
  c.a0 = value;
  fence(c);
  yield;
}

/** Looks at a whole frame in one step, ordered with every access to it; what it holds then is there until the next operation. */
export function* loadRange(c: Vcpu, frame: Ptr): Code {
  if (c.m.direct) return;
  arm(c, LOAD, frame, FRAME_WORDS);
  fence(c);
  yield;
}

/** Go on with another task of this vCPU. */
export function* switchTask(c: Vcpu, task: number): Code {
  c.kind = SWITCH;
  c.a0 = task;
  yield;
}

/** Plain load: protected by a lock or by ownership, which the race detector checks. @returns unsigned */
export function peek(c: Vcpu, p: Ptr): number {
  return plainRead(c, p) >>> 0;
}

/** Plain store: into the buffer, never a transition. */
export function poke(c: Vcpu, p: Ptr, v: number): void {
  plainWrite(c, p, v | 0);
}
