// SPDX-License-Identifier: GPL-2.0-only
/**
 * What programs of a workload write: every page and word has a value of its own, so that a page at the wrong place is noticed.
 * Reference: the op language (docs/workloads.md).
 */
const SEED = 2654435761;
const PAGE = 40503;
const WORD = 0x01000193;
const WORDS = 1024;

/** What all words of page number g have in common. */
const ofPage = (seed: number, g: number): number => Math.imul(seed, SEED) ^ (Math.imul(g, PAGE) + 1);

/** Fills the page whose words begin at `at`. @param g number of the page */
export function fillPattern(words: Int32Array, at: number, seed: number, g: number): void {
  const base = ofPage(seed, g);
  for (let w = 0; w < WORDS; w++) words[at + w] = base ^ Math.imul(w, WORD);
}

/** One word of page g. */
export const patternWord = (seed: number, g: number, word: number): number => ofPage(seed, g) ^ Math.imul(word, WORD);

/** Does the page hold the pattern? */
export function hasPattern(words: Int32Array, at: number, seed: number, g: number): boolean {
  const base = ofPage(seed, g);
  for (let w = 0; w < WORDS; w++) if (words[at + w] !== (base ^ Math.imul(w, WORD))) return false;
  return true;
}

export function isZero(words: Int32Array, at: number): boolean {
  for (let w = 0; w < WORDS; w++) if (words[at + w] !== 0) return false;
  return true;
}
