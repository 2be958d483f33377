// SPDX-License-Identifier: GPL-2.0-only
/**
 * The list of what may become of an access.
 * Time budget: 1 s.
 */
import { expect, test } from 'vitest';
import { FAULT, MARK, Outcomes, USE } from '../../mmu/outcomes.ts';

const rows = (o: Outcomes): number[][] => Array.from({ length: o.n }, (_, i) => [o.kind(i), ...[0, 1, 2, 3, 4].map((k) => o.value(i, k))]);

test('outcomes keep their order, and each is there once', () => {
  const o = new Outcomes();
  o.add(USE, 5, 0, 0, 0, 0);
  o.add(FAULT, 5, 0, 0, 0, 0);
  o.add(MARK, 8, 0x80000001, 3, 32, 5);
  o.add(USE, 5, 0, 0, 0, 0);
  o.add(MARK, 8, 0x80000001 | 0, 3, 32, 5); // a word, signed or not
  o.add(MARK, 8, 0x80000001, 3, 96, 5);
  expect(rows(o)).toEqual([
    [USE, 5, 0, 0, 0, 0],
    [FAULT, 5, 0, 0, 0, 0],
    [MARK, 8, 0x80000001 | 0, 3, 32, 5],
    [MARK, 8, 0x80000001 | 0, 3, 96, 5],
  ]);
  o.n = 0;
  o.add(FAULT, 5, 0, 0, 0, 0);
  expect(rows(o)).toEqual([[FAULT, 5, 0, 0, 0, 0]]);
});

test('the list has no end', () => {
  const o = new Outcomes();
  for (let i = 0; i < 200; i++) o.add(USE, i % 100, 0, 0, 0, i % 100);
  expect(o.n).toBe(100);
  expect([o.value(99, 0), o.value(99, 4)]).toEqual([99, 99]);
});
