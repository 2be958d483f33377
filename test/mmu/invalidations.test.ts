// SPDX-License-Identifier: GPL-2.0-only
/**
 * Since when a translation, and until when a paging-structure cache, may have been remembered.
 * Time budget: 1 s.
 */
import { describe, expect, test } from 'vitest';
import { ON_INVLPG, ON_MOV_CR3, ON_PAGE_FAULT } from '../../mmu/invalidation.ts';
import { Invalidations, NEVER } from '../../mmu/invalidations.ts';

const VA = 0x0040_3000;
const PAGE = 0x1000;
const REGION = 0x0020_0000;

function made(...list: [seq: number, drops: number, va: number, large?: boolean][]): Invalidations {
  const all = new Invalidations();
  for (const [seq, drops, va, large] of list) all.push(seq, drops, va, large === true);
  return all;
}

describe('translations', () => {
  test('INVLPG and a fault remove those of the page, global or not', () => {
    for (const drops of [ON_INVLPG, ON_PAGE_FAULT]) {
      const all = made([5, drops, VA + 0xffc]);
      for (const global of [false, true]) {
        expect(all.translationsSince(VA, global, false)).toBe(5);
        expect(all.translationsSince(VA + PAGE, global, false)).toBe(-1);
      }
    }
  });

  test('MOV CR3 removes all but the global ones', () => {
    const all = made([5, ON_MOV_CR3, 0]);
    expect(all.translationsSince(VA, false, false)).toBe(5);
    expect(all.translationsSince(VA, true, false)).toBe(-1);
  });

  test('INVLPG removes every piece of a page of 2 MiB where there is one then, and else one piece', () => {
    expect(made([5, ON_INVLPG, VA, true]).translationsSince(VA + PAGE, false, true)).toBe(5);
    expect(made([5, ON_INVLPG, VA, false]).translationsSince(VA + PAGE, false, true)).toBe(-1);
    expect(made([5, ON_INVLPG, VA, false]).translationsSince(VA, false, true)).toBe(5);
    // Translations of 4 KiB pages that were there before are none of its pieces.
    expect(made([5, ON_INVLPG, VA, true]).translationsSince(VA + PAGE, false, false)).toBe(-1);
  });

  test('the last one counts, whatever was noted last', () => {
    expect(made([9, ON_INVLPG, VA], [7, ON_PAGE_FAULT, VA]).translationsSince(VA, false, false)).toBe(9);
    expect(made([7, ON_PAGE_FAULT, VA], [9, ON_INVLPG, VA]).translationsSince(VA, false, false)).toBe(9);
  });
});

describe('paging-structure caches', () => {
  test('INVLPG and MOV CR3 drop all, a fault what its 2 MiB need', () => {
    for (const drops of [ON_INVLPG, ON_MOV_CR3]) expect(made([5, drops, 0]).structuresUntil(VA, 0)).toBe(5);
    expect(made([5, ON_PAGE_FAULT, VA + PAGE]).structuresUntil(VA, 0)).toBe(5);
    expect(made([5, ON_PAGE_FAULT, VA + REGION]).structuresUntil(VA, 0)).toBe(NEVER);
  });

  test('the first one from then on counts, whatever was noted first', () => {
    const all = made([9, ON_INVLPG, 0], [7, ON_PAGE_FAULT, VA], [3, ON_MOV_CR3, 0]);
    expect([0, 3, 4, 7, 8, 9, 10].map((from) => all.structuresUntil(VA, from))).toEqual([3, 3, 7, 7, 9, 9, NEVER]);
  });
});

test('there is room for any number, and none after a reset', () => {
  const all = made(...Array.from({ length: 100 }, (_, i): [number, number, number] => [i, ON_INVLPG, i * PAGE]));
  expect(all.translationsSince(99 * PAGE, true, false)).toBe(99);
  expect(all.translationsSince(3 * PAGE, true, false)).toBe(3);
  all.reset();
  expect(all.translationsSince(3 * PAGE, true, false)).toBe(-1);
});
