// SPDX-License-Identifier: GPL-2.0-only
/**
 * A column that has to grow: logs and buffers are typed arrays whose length is known only when they are full.
 * Reference: ECMA-262 23.2 (typed arrays have a fixed length).
 */

/** Twice as long, with the same beginning. */
export function longer(array: Int32Array): Int32Array<ArrayBuffer> {
  const twice = new Int32Array(array.length * 2);
  twice.set(array);
  return twice;
}
