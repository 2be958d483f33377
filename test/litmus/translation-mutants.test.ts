// SPDX-License-Identifier: GPL-2.0-only
/**
 * The machine with one rule of translation broken: the litmus suite `translation` or, where that knows no such case, random programs have to notice.
 * Time budget: 25 s.
 */
import { describe, expect, test } from 'vitest';
import { agrees } from '../support/agreement.ts';
import { disagreements, readSuite } from '../support/litmus.ts';
import { compareTranslation, type Family, fuzzTranslation } from '../support/translation-agreement.ts';
import { MUTANTS } from '../support/translation-mutants.ts';
import { TABLES, type TranslationProgram } from '../support/translation-programs.ts';

const records = readSuite('translation');

/** Which family of random programs notices what no record does. */
const BY_PROGRAMS: Record<string, Family> = {
  'INVLPG leaves the paging-structure caches': 'paging-structure caches',
  'MOV CR3 removes global translations': 'global pages',
  'INVLPG removes nothing but the piece of a large page': 'pieces of a large page',
  'INVLPG removes every piece of a page that is large no more': 'pieces of a large page',
  'an entry with A clear is remembered': 'halves of entries',
  'writes go through what was remembered with D clear': 'halves of entries',
  'a PDE without A is marked before a fault is found': 'halves of entries',
  'A and D are set without a second look': 'entries and invalidations',
  'the store of an entry into the buffer depends on nothing': 'paging-structure caches',
  'a table that a PDE led to once is read through that PDE no more': 'shootdowns',
  'entries of different levels are independent': 'paging-structure caches',
  'the update of A and D waits for no own store': 'everything, and interrupts',
};

const FULL = 0x67;
const MAPPED = [0, 0, 10, 20, 30, 40, 50, 60, 0x1000 | FULL, 0, 0, 0, 0, 0, 0, 0, (TABLES[0]! << 12) | 0x27, 0];

/** Programs for what is too rare among random ones. */
const BY_ONE: Record<string, TranslationProgram> = {
  // Both stores drain before INVLPG unless that order is looked for.
  'INVLPG depends on no entry': {
    init: MAPPED,
    cpus: [
      [
        { op: 'store', w: 8, v: 0x2000 | FULL },
        { op: 'store', w: 0, v: 1 },
      ],
      [
        { op: 'store', w: 1, v: 1 },
        { op: 'invlpg', page: 0 },
        { op: 'load', w: 0, r: 0 },
        { op: 'read', page: 0, user: false, r: 1 },
      ],
    ],
    handlers: null,
    global: false,
  },
  // The walk sees what the handler has in its buffer, the update of A what memory holds: again and again.
  'a program goes on in the middle of its handler': {
    init: MAPPED.with(8, 0x1007),
    cpus: [[{ op: 'read', page: 0, user: false, r: 0 }], [{ op: 'ipi', to: 0 }]],
    handlers: [[{ op: 'store', w: 8, v: 0x2007 }], []],
    global: false,
  },
};

/** An exploration that fails has noticed too. */
function isWrong(record: (typeof records)[number], name: string): boolean {
  try {
    return disagreements(record, MUTANTS[name]).some((d) => / (missing|extra) /.test(d));
  } catch {
    return true;
  }
}

describe('a record of the suite notices that', () => {
  test.each(Object.keys(MUTANTS).filter((name) => !(name in BY_PROGRAMS || name in BY_ONE)))('%s', (name) => {
    expect(records.some((record) => isWrong(record, name))).toBe(true);
  });
});

describe('a random program notices that', () => {
  test.each(Object.entries(BY_PROGRAMS))('%s', (name, family) => {
    expect(fuzzTranslation(family, 600, 20, MUTANTS[name]!).report).not.toBeNull();
  });
});

describe('a program of its own notices that', () => {
  test.each(Object.entries(BY_ONE))('%s', (name, program) => {
    const right = compareTranslation(program);
    expect(right).not.toBeNull();
    expect(agrees(right)).toBe(true);
    // Too many classes to compare is noticed too.
    const wrong = compareTranslation(program, MUTANTS[name]!);
    expect(wrong === null || !agrees(wrong)).toBe(true);
  });
});
