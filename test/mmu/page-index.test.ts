// SPDX-License-Identifier: GPL-2.0-only
/**
 * The index of pages: a look-up through it finds what comparing all ways finds, whatever shares a place, is dropped or has run out.
 * Time budget: 3 s.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createState, find, write } from '../../mmu/bank.ts';
import { Front } from '../../mmu/front.ts';
import { LAST_GENERATION } from '../../mmu/generation.ts';
import { SKYLAKE, type Ways } from '../../mmu/geometry.ts';
import { enterPage, findPage, vacated } from '../../mmu/page-index.ts';
import { LOCAL_STAMP, PAGE_INDEX, PAGE_INDEX_END, SHARED } from '../../mmu/state.ts';
import { Tlb } from '../../mmu/tlb.ts';
import { TAG_2M, TAG_GLOBAL } from '../../mmu/tlb-entry.ts';

/** Pages of two places, and one of a third, in sets of their own or not. */
const PAGES = [0, 4096, 3 * 4096, 9 * 4096, 0xff000, 1, 4097, 8193, 0x7a];
const GEOMETRIES: Ways[] = [
  { sets: 128, ways: 12 },
  { sets: 1, ways: 3 },
  { sets: 2, ways: 16 },
  { sets: 1, ways: 1 },
];

function enter(s: Int32Array, page: number, tag: number): void {
  const i = vacated(s, page);
  enterPage(s, tag, i);
  write(s, i, tag, 0, 1);
}

const agrees = (prepare: (s: Int32Array) => void) =>
  fc.property(
    fc.constantFrom(...GEOMETRIES),
    fc.array(fc.tuple(fc.nat(15), fc.nat(PAGES.length - 1)), { minLength: 1, maxLength: 200, size: 'max' }),
    (shared, steps) => {
      const s = createState({ ...SKYLAKE, shared });
      const tlb = new Tlb(s, new Front(s));
      for (const [what, which] of steps) {
        const page = PAGES[which]!;
        const tag = (page << 12) | s[LOCAL_STAMP]!;
        if (what === 0) for (let n = 0; n < LAST_GENERATION - 1; n++) tlb.dropLocal();
        else if (what === 1) tlb.dropLocal();
        else if (what < 5) tlb.dropPage(page << 12);
        else if (what === 5) tlb.insertOther(page << 12, 0, 0, 1, page % 2 === 0 ? TAG_GLOBAL : TAG_2M);
        else if (find(s, SHARED, page, tag) < 0) enter(s, page, tag);
        prepare(s);
        const at = PAGES.map((p) => [p, (p << 12) | s[LOCAL_STAMP]!] as const);
        const compared = at.map(([p, t]) => find(s, SHARED, p, t));
        const found = at.map(([, t]) => findPage(s, t));
        if (String(found) !== String(compared)) throw new Error(`found ${found}, there are ${compared}`);
        // What is held besides is counted exactly: else look-ups would end up comparing all ways.
        for (const [p] of at) {
          const word = s[PAGE_INDEX + (p & 4095)]!;
          const held = PAGES.filter((other, i) => ((other ^ p) & 4095) === 0 && compared[i]! >= 0).length;
          const counted = word >>> 22 === s[LOCAL_STAMP] ? ((word >>> 12) & 1023) + ((word & 4095) === 0 ? 0 : 1) : 0;
          if (counted !== held) throw new Error(`${counted} counted, ${held} held`);
        }
      }
    },
  );

test('it finds what comparing all ways finds, and counts what is held', () => {
  fc.assert(
    agrees(() => {}),
    { numRuns: 300, seed: 1 },
  );
});

describe('it is noticed if', () => {
  const broken: [what: string, broken: (word: number) => number][] = [
    ['pages held besides are forgotten', (word) => word & ~(1023 << 12)],
    ['the entry that came last is forgotten', (word) => word & ~4095],
  ];

  test.each(broken)('%s', (_, change) => {
    const prepare = (s: Int32Array): void => {
      for (let i = PAGE_INDEX; i < PAGE_INDEX_END; i++) s[i] = change(s[i]!);
    };
    expect(fc.check(agrees(prepare), { numRuns: 300, seed: 1, endOnFailure: true }).failed).toBe(true);
  });
});
