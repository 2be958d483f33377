// SPDX-License-Identifier: GPL-2.0-only
/**
 * The operations of a thread, as numbers on the board and as text for whoever reads a report.
 */
import { addressText } from '../address.ts';

export const START = 0;
export const STORE = 1;
export const LOAD = 2;
export const COLLAPSE = 3;
export const DONTNEED = 4;
export const PUNCH = 5;
export const TRUNCATE = 6;
export const EXIT = 7;

const NAMES = [
  'start',
  'store to',
  'load from',
  'madvise(COLLAPSE) of',
  'madvise(DONTNEED) of',
  'fallocate(PUNCH_HOLE) of',
  'ftruncate of',
  'exit',
];

/** @param argument an address; of a file the page @param second how many pages, or 0 */
export function operationText(operation: number, argument: number, second: number): string {
  const name = NAMES[operation]!;
  if (operation === START || operation === EXIT) return name;
  const where = operation === PUNCH || operation === TRUNCATE ? `page ${argument} of the file` : addressText((argument & ~0xfff) >>> 0);
  return second === 0 ? `${name} ${where}` : `${name} ${where}, ${second} pages`;
}
