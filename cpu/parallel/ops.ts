// SPDX-License-Identifier: GPL-2.0-only
/**
 * The operations of a vCPU that is a thread: cpu/ops in the build of the parallel engine, whose generators are erased. A marked access is an Atomics
 * operation, and so sequentially consistent, which is stronger than x86 for stores; a plain one is a plain access. What is 8 bytes wide is a BigInt's
 * Atomics operation. After an operation interrupts may be taken.
 *
 * Reference: ECMA-262 29.10 (memory model); Intel SDM Vol. 3A 9.2 and 9.3; docs/design-notes.md, "Starting, replaying, erasing".
 */
import { compareEntry, exchangeEntry, highHalf, lowHalf, readEntry, writeEntry } from '../../mmu/parallel/whole-entry.ts';
import { FRAME_WORDS, type Ptr } from '../../mmu/types.ts';
import { ADD, AND, after, applyRmw, OR, type RmwFn, XCHG, XOR } from '../rmw.ts';
import type { Code, Vcpu } from '../vcpu.ts';
import { Defect } from '../violation.ts';
import { NOTHING, poll, relax, relaxed, waited } from './wait.ts';

const impossible = (what: string): never => {
  throw new Defect(`${what} on a real thread`);
};

/** Every Atomics store is a fence. */
export function* mfence(_c: Vcpu): Code {}

export function* load(c: Vcpu, p: Ptr): Code<number> {
  const value = Atomics.load(c.words, p);
  poll(c);
  return value >>> 0;
}

export function* load64(c: Vcpu, p: Ptr): Code<number> {
  const lo = readEntry(p);
  c.hi = highHalf();
  return lo >>> 0;
}

export function* store(c: Vcpu, p: Ptr, v: number): Code {
  Atomics.store(c.words, p, v | 0);
  poll(c);
}

export function* storeHalf(c: Vcpu, p: Ptr, v: number): Code {
  yield* store(c, p, v);
}

export function* store64(c: Vcpu, p: Ptr, lo: number, hi: number): Code {
  writeEntry(p, lo, hi);
  poll(c);
}

/** @returns what the word held before, signed */
function apply(words: Int32Array, p: Ptr, fn: RmwFn, a: number): number {
  switch (fn) {
    case XCHG:
      return Atomics.exchange(words, p, a | 0);
    case ADD:
      return Atomics.add(words, p, a | 0);
    case OR:
      return Atomics.or(words, p, a | 0);
    case AND:
      return Atomics.and(words, p, a | 0);
    case XOR:
      return Atomics.xor(words, p, a | 0);
    default:
      return impossible(`locked operation ${fn}`);
  }
}

export function* rmw(c: Vcpu, p: Ptr, fn: RmwFn, a: number): Code<number> {
  const old = apply(c.words, p, fn, a);
  poll(c);
  return old >>> 0;
}

export function* update(c: Vcpu, p: Ptr, fn: RmwFn, a: number): Code {
  apply(c.words, p, fn, a);
  poll(c);
}

export function* cmpxchg(c: Vcpu, p: Ptr, old: number, v: number): Code<number> {
  const was = Atomics.compareExchange(c.words, p, old | 0, v | 0);
  poll(c);
  return was >>> 0;
}

export function* cmpxchg8b(c: Vcpu, p: Ptr, oldLo: number, oldHi: number, lo: number, hi: number): Code<boolean> {
  const same = compareEntry(p, oldLo, oldHi, lo, hi);
  c.value = lowHalf();
  c.hi = highHalf();
  return same;
}

export function* xchg64(c: Vcpu, p: Ptr, lo: number, hi: number): Code<number> {
  const was = exchangeEntry(p, lo, hi);
  c.hi = highHalf();
  return was >>> 0;
}

export function* waitRmw(c: Vcpu, p: Ptr, mask: number, value: number, fn: RmwFn, a: number): Code<number> {
  const { words } = c;
  for (let turn = 0; ; turn++) {
    // Who waits for a value of the whole word guesses that it is there.
    const seen = mask === -1 && turn === 0 ? value | 0 : Atomics.load(words, p);
    if ((seen & mask) === (value | 0)) {
      applyRmw(fn, a | 0, 0, 0, 0, seen, 0, 0);
      if (Atomics.compareExchange(words, p, seen, after[0]!) === seen) {
        if (turn > 0) waited(turn);
        return seen >>> 0;
      }
    }
    relax(c, p, turn);
  }
}

export function* waitUpdate(c: Vcpu, p: Ptr, mask: number, value: number, fn: RmwFn, a: number): Code {
  yield* waitRmw(c, p, mask, value, fn, a);
}

export function* waitLoad(c: Vcpu, p: Ptr, mask: number, value: number): Code<number> {
  for (let turn = 0; ; turn++) {
    const seen = Atomics.load(c.words, p);
    if ((seen & mask) === (value | 0)) {
      relaxed(turn);
      return seen >>> 0;
    }
    relax(c, p, turn);
  }
}

export function* choose(_c: Vcpu, n: number): Code<number> {
  return n === 1 ? 0 : impossible('a choice');
}

/** PAUSE, in a loop that spins: somebody else may need the core. */
export function* cpuRelax(c: Vcpu): Code {
  relax(c, NOTHING, ++c.turn & 1023);
}

export function* fillRange(c: Vcpu, frame: Ptr, value: number): Code {
  c.words.fill(value, frame, frame + FRAME_WORDS);
}

export function* loadRange(_c: Vcpu, _frame: Ptr): Code {}

export function* elapse(_c: Vcpu): Code {}

export function* switchTask(_c: Vcpu, _task: number): Code {
  impossible('a task switch');
}

export const peek = (c: Vcpu, p: Ptr): number => c.words[p]! >>> 0;

export function poke(c: Vcpu, p: Ptr, v: number): void {
  c.words[p] = v | 0;
}
