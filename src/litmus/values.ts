// SPDX-License-Identifier: GPL-2.0-only
/**
 * Values as .litmus files write them. That of a page-table entry is its frame and its bits: `f1:PWAD`.
 */
import { ACCESSED, DIRTY, GLOBAL, PRESENT, USER, WRITE } from '../../mmu/entry.ts';
import { LAST_FRAME } from './pages.ts';

/** The bits of an entry that have a letter, in the order in which they are written. */
export const ENTRY_BITS: Readonly<Record<string, number>> = { P: PRESENT, W: WRITE, U: USER, A: ACCESSED, D: DIRTY, G: GLOBAL };

export const entryValue = (frame: number, letters: string): number =>
  [...letters].reduce((v, letter) => v | ENTRY_BITS[letter]!, (frame + 1) << 12);

/** @returns null for a value that is no present entry, or has other bits */
export function entryText(v: number): string | null {
  const frame = (v >>> 12) - 1;
  const letters = Object.keys(ENTRY_BITS).filter((letter) => (v & ENTRY_BITS[letter]!) !== 0);
  if (frame < 0 || frame > LAST_FRAME || (v & PRESENT) === 0 || entryValue(frame, letters.join('')) !== v >>> 0) return null;
  return `f${frame}:${letters.join('')}`;
}
