// SPDX-License-Identifier: GPL-2.0-only
/**
 * The banks of the state: each of their ways is found, no two banks share a word, and what there is no room for is refused.
 * Time budget: 1 s.
 */
import { expect, test } from 'vitest';
import { createState, find, replaced, write } from '../../mmu/bank.ts';
import { SKYLAKE, type Ways } from '../../mmu/geometry.ts';
import { CODE_2M, CODE_4K, DATA_2M, DATA_4K, FRONT, INFO, LEADS_TO, PDES, SHARED, TAGS, TAGS_END } from '../../mmu/state.ts';

const BANKS = [DATA_4K, DATA_2M, CODE_4K, CODE_2M, SHARED, PDES];
const every = (ways: Ways) => ({ name: 'every', data4K: ways, data2M: ways, code4K: ways, code2M: ways, shared: ways, pdes: ways });

test('the columns of an entry lie apart', () => {
  expect([TAGS + INFO, TAGS_END + INFO < TAGS + LEADS_TO, TAGS_END + LEADS_TO <= FRONT]).toEqual([TAGS_END, true, true]);
});

test('every way of every set is replaced in turn and found again, whatever the other banks hold', () => {
  for (let ways = 1; ways <= 16; ways++) {
    const s = createState(every({ sets: 4, ways }));
    // One more than there are, then all of them.
    for (let n = -1; n < ways; n++)
      for (let set = 0; set < 4; set++) for (const bank of BANKS) write(s, replaced(s, bank, set), tagOf(bank, set, n), bank, n);
    for (const bank of BANKS)
      for (let set = 0; set < 4; set++) {
        const found = Array.from({ length: ways }, (_, n) => find(s, bank, set, tagOf(bank, set, n)));
        expect(new Set(found).size).toBe(ways);
        expect(found.map((i) => [s[i + INFO], s[i + LEADS_TO]])).toEqual(found.map((_, n) => [bank, n]));
        expect(find(s, bank, set, tagOf(bank, set, -1))).toBe(-1);
      }
  }
});

const tagOf = (bank: number, set: number, n: number): number => ((n + 2) << 16) | (bank << 4) | (set + 1);

test('a geometry that there is no room for is refused', () => {
  expect(() => createState(every({ sets: 1, ways: 17 }))).toThrow(new RangeError('17 ways: at most 16'));
  expect(() => createState({ ...SKYLAKE, shared: { sets: 256, ways: 12 } })).toThrow('entries in');
  expect(() => createState(every({ sets: 128, ways: 1 }))).toThrow('768 sets: too many');
});
