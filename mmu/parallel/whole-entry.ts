// SPDX-License-Identifier: GPL-2.0-only
/**
 * Page-table entries that other threads change, read and written 8 bytes at once. JavaScript's only atomic access of 8 bytes is a BigInt's; the value goes
 * through a few words of this thread's own, from which its halves are read without arithmetic on BigInts.
 *
 * Reference: Intel SDM Vol. 3A 9.1.1 (8-byte accesses that are atomic), Vol. 2 CMPXCHG8B.
 */
import type { Ptr } from '../types.ts';

/** Halves, and the same as wholes: what was read, what is expected, what is to be written. */
const halves = new Int32Array(6);
const wholes = new BigInt64Array(halves.buffer);
let entries: BigInt64Array = new BigInt64Array(0);

/** The memory that the entries lie in, from here on. */
export function setMemory(memory: Int32Array): void {
  entries = new BigInt64Array(memory.buffer, memory.byteOffset, memory.length >>> 1);
}

/** Both halves of the entry whose low word is at `p`. @returns the low one; the high one is `highHalf()` */
export function readEntry(p: Ptr): number {
  wholes[0] = Atomics.load(entries, p >>> 1);
  return halves[0]!;
}

/** What the entry held that was read, compared or exchanged last. */
export const lowHalf = (): number => halves[0]!;
export const highHalf = (): number => halves[1]!;

export function writeEntry(p: Ptr, lo: number, hi: number): void {
  halves[4] = lo;
  halves[5] = hi;
  Atomics.store(entries, p >>> 1, wholes[2]!);
}

/** @returns the low half before */
export function exchangeEntry(p: Ptr, lo: number, hi: number): number {
  halves[4] = lo;
  halves[5] = hi;
  wholes[0] = Atomics.exchange(entries, p >>> 1, wholes[2]!);
  return halves[0]!;
}

/** @returns whether it held what was expected, and so was exchanged */
export function compareEntry(p: Ptr, oldLo: number, oldHi: number, lo: number, hi: number): boolean {
  halves[2] = oldLo;
  halves[3] = oldHi;
  halves[4] = lo;
  halves[5] = hi;
  wholes[0] = Atomics.compareExchange(entries, p >>> 1, wholes[1]!, wholes[2]!);
  return halves[0] === (oldLo | 0) && halves[1] === (oldHi | 0);
}
