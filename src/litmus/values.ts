// SPDX-License-Identifier: GPL-2.0-only
/**
 * Values as .litmus files write them. That of a page-table entry is its frame and its bits: `f1:PWAD`.
 */
import { ACCESSED, DIRTY, GLOBAL, PRESENT, USER, WRITE } from '../../mmu/entry.ts';
import { FAULTED, isEntry, LAST_FRAME } from './pages.ts';
import { type LitmusProgram, registerOf } from './program.ts';

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

/** Registers that an access through a page leaves in doubt: FAULTED in one of them means a fault. */
export const faultRegisters = (program: LitmusProgram): ReadonlySet<string> =>
  new Set(
    program.threads.flatMap((ops, t) => ops.filter((op) => op.va !== undefined && op.reg !== undefined).map((op) => `${t}:${op.reg}`)),
  );

/** A value of a variable of a program, whose `faultRegisters` are given. */
export function valueText(name: string, v: number, faulting: ReadonlySet<string>): string {
  if (registerOf(name) === null && isEntry(name)) return entryText(v) ?? String(v >>> 0);
  return v >>> 0 === FAULTED && faulting.has(name) ? 'fault' : String(v >>> 0);
}
