// SPDX-License-Identifier: GPL-2.0-only
/**
 * The largest array of words that the host gives, for a sparse memory. The host commits it page by page as it is touched; where it has not enough
 * address space for the largest, half as much is asked for, and so on.
 */

/** Longest typed array of V8, in elements: 16 GiB of words. */
const MOST_WORDS = 2 ** 32;
/** 64 MiB: a memory of less is not worth having. */
const LEAST_WORDS = 2 ** 24;

/** Makes room for so many words. @throws RangeError where the host cannot */
export type Allocate = (words: number) => Int32Array;

const allocate: Allocate = (words) => new Int32Array(new SharedArrayBuffer(words * 4));

/** @throws RangeError where there is not even room for 64 MiB */
export function room(make: Allocate = allocate): Int32Array {
  for (let words = MOST_WORDS; ; words /= 2) {
    try {
      return make(words);
    } catch (e) {
      if (!(e instanceof RangeError) || words <= LEAST_WORDS) throw e;
    }
  }
}
