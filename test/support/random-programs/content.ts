// SPDX-License-Identifier: GPL-2.0-only
/** What a page may hold, as a value: zeroes or a pattern, and single words that were written later. */
import { patternWord } from '../../../src/workload/pattern.ts';

const WORDS = 1024;

export interface Content {
  /** Of the pattern; 0: zeroes. */
  readonly seed: number;
  /** Number of the page in the pattern. */
  readonly g: number;
  /** Words that differ from the pattern. */
  readonly words: readonly (readonly [number, number])[];
}

/** Everything that a page may hold now. */
export interface Possible {
  /** At least one. */
  readonly contents: readonly Content[];
  /** The kernel may still drop the page as long as nobody writes: then it is zero. */
  readonly droppable: boolean;
}

export const ZERO: Content = { seed: 0, g: 0, words: [] };
export const ZEROES: Possible = { contents: [ZERO], droppable: false };

export const pattern = (seed: number, g: number): Possible => ({ contents: [{ seed, g, words: [] }], droppable: false });

const same = (a: Content, b: Content): boolean =>
  a.seed === b.seed &&
  a.g === b.g &&
  a.words.length === b.words.length &&
  a.words.every(([w, v], i) => b.words[i]![0] === w && b.words[i]![1] === v);

const distinct = (contents: readonly Content[]): Content[] => contents.filter((c, i) => contents.findIndex((d) => same(c, d)) === i);

/** A word is written. */
export function withWord(was: Possible, word: number, value: number): Possible {
  const contents = was.contents.map((c): Content => ({ ...c, words: [...c.words.filter(([w]) => w !== word), [word, value] as const] }));
  return { contents: distinct(contents), droppable: false };
}

/** From now on the page may be dropped. */
export const dropped = (was: Possible): Possible => ({ contents: distinct([...was.contents, ZERO]), droppable: true });

function holds(words: Int32Array, at: number, c: Content): boolean {
  const own = new Map(c.words);
  for (let w = 0; w < WORDS; w++) {
    const expected = own.get(w) ?? (c.seed === 0 ? 0 : patternWord(c.seed, c.g, w));
    if (words[at + w] !== expected) return false;
  }
  return true;
}

/** @returns what the page may hold from now on, given that this is what was found at `at`; null: that it may not hold */
export function seen(was: Possible, words: Int32Array, at: number): Possible | null {
  const found = was.contents.filter((c) => holds(words, at, c));
  if (found.length === 0) return null;
  const dropped = found.every((c) => same(c, ZERO));
  return was.droppable && !dropped ? was : { contents: found.slice(0, 1), droppable: false };
}

/** A page that was dropped is zero; so of what cannot be zero it is certain that the kernel has it. */
export const isSurely = (was: Possible): boolean => was.contents.every((c) => c.seed !== 0 || c.words.length > 0);

/** For messages: what is there, in short. */
export function describePage(words: Int32Array, at: number): string {
  const set: string[] = [];
  let n = 0;
  for (let w = 0; w < WORDS; w++) if (words[at + w] !== 0 && n++ < 4) set.push(`${w}: 0x${(words[at + w]! >>> 0).toString(16)}`);
  return n === 0 ? 'zeroes' : `${n} words that are not zero (${set.join(', ')})`;
}

export const describeContent = (c: Content): string =>
  `${c.seed === 0 ? 'zeroes' : `pattern ${c.seed} of page ${c.g}`}${c.words.map(([w, v]) => `, ${w}: 0x${(v >>> 0).toString(16)}`).join('')}`;
