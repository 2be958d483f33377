// SPDX-License-Identifier: GPL-2.0-only
/**
 * What is put in front of the TLB is no part of the model: it never holds what the first level does not, and without it everything is the same.
 * Time budget: 5 s.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { READ, WRITE } from '../../mmu/access.ts';
import { createState } from '../../mmu/bank.ts';
import { Front, placeOf } from '../../mmu/front.ts';
import { LAST_GENERATION } from '../../mmu/generation.ts';
import { SKYLAKE } from '../../mmu/geometry.ts';
import type { Mmu } from '../../mmu/mmu.ts';
import { FRONT_STAMP } from '../../mmu/state.ts';
import { type TwinMemory, twins } from '../support/mmu-twins.ts';
import { createWorldMemory } from '../support/mmu-world.ts';

const memory: TwinMemory = [createWorldMemory(), createWorldMemory()];

test('with the front and without it, an MMU gives the same answers, counts the same and holds the same', () => {
  fc.assert(twins(memory), { numRuns: 300, seed: 1 });
});

describe('it is noticed if the front', () => {
  const broken: [what: string, broken: (mmu: Mmu) => void][] = [
    ['keeps a page', (m) => void (m.front.dropPage = () => {})],
    ['keeps all', (m) => void (m.front.dropAll = () => {})],
    ['keeps what the first level gives up', (m) => void (m.front.dropEvicted = () => {})],
    ['takes a read for a write', (m) => takesForWrite(m)],
  ];

  function takesForWrite({ front }: Mmu): void {
    const fill = front.fill.bind(front);
    front.fill = (va, access, base) => {
      fill(va, access, base);
      fill(va, access | WRITE, base);
    };
  }

  test.each(broken)('%s', (_, prepare) => {
    expect(fc.check(twins(memory, prepare), { numRuns: 100, seed: 1, endOnFailure: true }).failed).toBe(true);
  });
});

/** Does the front answer for the address? */
const answers = (s: Int32Array, va: number, access: number): boolean => s[placeOf(va, access)] === ((va & ~4095) | s[FRONT_STAMP]!);

describe('the front', () => {
  test('answers for the access and the page that it was filled for', () => {
    const s = createState(SKYLAKE);
    const front = new Front(s);
    front.fill(0xfff01234, READ, 1024);
    expect(answers(s, 0xfff01ffc, READ)).toBe(true);
    expect(answers(s, 0xfff01234, WRITE)).toBe(false);
    expect(answers(s, 0xfff02234, READ)).toBe(false);
    expect(answers(s, 0x00001234, READ)).toBe(false); // same place
  });

  test('drops a page for every access', () => {
    const s = createState(SKYLAKE);
    const front = new Front(s);
    for (const access of [READ, WRITE]) for (const va of [0x1000, 0x2000]) front.fill(va, access, 1024);
    front.dropPage(0x1abc);
    expect([READ, WRITE].flatMap((access) => [0x1000, 0x2000].map((va) => answers(s, va, access)))).toEqual([false, true, false, true]);
  });

  test('holds nothing at first, nor after any number of times that all is dropped', () => {
    const s = createState(SKYLAKE);
    const front = new Front(s);
    expect(answers(s, 0, READ)).toBe(false);
    for (let n = 1; n <= 2 * LAST_GENERATION + 1; n++) {
      front.fill(n << 12, READ, 1024);
      front.dropAll();
      for (let old = 1; old <= 256; old++) if (answers(s, old << 12, READ)) expect.fail(`page ${old} is back after ${n}`);
    }
    front.fill(0x1000, READ, 1024);
    expect(answers(s, 0x1000, READ)).toBe(true);
  });
});
