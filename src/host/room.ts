// SPDX-License-Identifier: GPL-2.0-only
/**
 * The largest array of words that the host gives, for a sparse memory. The host commits it page by page as it is touched; where it has not enough
 * address space for the largest, half as much is asked for, and so on.
 */
import { totalmem } from 'node:os';

/** Longest typed array of V8, in elements: 16 GiB of words. */
const MOST_WORDS = 2 ** 32;
/** 64 MiB: a memory of less is not worth having. */
const LEAST_WORDS = 2 ** 24;

/** Makes room for so many words. @throws RangeError where the host cannot */
export type Allocate = (words: number) => Int32Array;

const allocate: Allocate = (words) => new Int32Array(new SharedArrayBuffer(words * 4));

/** Words that fit into the memory that this process may have: who touches more is killed. */
function hostWords(): number {
  const limit = process.constrainedMemory(); // 0 or absurd where there is none
  return Math.floor((limit > 0 ? Math.min(limit, totalmem()) : totalmem()) / 4);
}

/** The same, rounded down to a power of two. */
const memoryWords = (): number => 2 ** Math.floor(Math.log2(hostWords()));

/** @throws RangeError where there is not even room for 64 MiB */
export function room(make: Allocate = allocate, memory = memoryWords()): Int32Array {
  for (let words = Math.min(MOST_WORDS, memory); ; words /= 2) {
    try {
      return make(words);
    } catch (e) {
      if (!(e instanceof RangeError) || words <= LEAST_WORDS) throw e;
    }
  }
}

/** Room for all of a memory that will be touched. @throws RangeError where the host has less */
export function wholeRoom(words: number, make: Allocate = allocate, memory = hostWords()): Int32Array {
  const most = Math.min(MOST_WORDS, memory);
  if (words > most)
    throw new RangeError(`the host has ${Math.floor(most / 2 ** 18)} MiB, of the ${Math.ceil(words / 2 ** 18)} MiB that it takes`);
  return make(words);
}
