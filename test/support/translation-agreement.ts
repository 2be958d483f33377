// SPDX-License-Identifier: GPL-2.0-only
/**
 * Random programs on page tables, and the comparison of the final states that the exploration finds with those of explicit-translation.ts.
 */
import fc from 'fast-check';
import { against, agrees, type Change, type Verdict } from './agreement.ts';
import { finalTranslationStates } from './explicit-translation.ts';
import { buildTranslation } from './translation-machine.ts';
import { FAMILIES, type TranslationProgram } from './translation-programs.ts';

const MOST_STATES = 3000;
const MOST_CLASSES = 1500;

export type Family = keyof typeof FAMILIES;

/** @returns null for a program that is too large */
export const compareTranslation = (program: TranslationProgram, change: Change = () => {}): Verdict =>
  against(finalTranslationStates(program, MOST_STATES), buildTranslation(program), change, MOST_CLASSES);

/**
 * Runs programs of a family until one disagrees, or the exploration of one fails.
 * @returns the report on it, or null; on the smallest one, unless a mutant is to be shown
 */
export function fuzzTranslation(family: Family, runs: number, seed: number, change?: Change): { report: string | null; compared: number } {
  let compared = 0;
  const same = fc.property<[TranslationProgram]>(FAMILIES[family], (program) => {
    const verdict = compareTranslation(program, change);
    if (verdict !== null) compared++;
    return agrees(verdict);
  });
  const found = fc.check(same, { numRuns: runs, seed, endOnFailure: change !== undefined });
  return { report: found.failed ? (fc.defaultReportMessage(found) ?? '') : null, compared };
}
