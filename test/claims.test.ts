// SPDX-License-Identifier: GPL-2.0-only
/**
 * Rows of the README's table of what the commit claims are what `npm run bench -- retract` prints, and say what the commit says; claims.long.test.ts has all
 * of them. Time budget: 6 s.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { simulate } from '../bench/retract/simulate.ts';
import { claimsTable, crowd } from '../bench/retract/table.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the README has rows as they are printed', () => {
  const [, table] = /<!-- claims -->\s*```\n([\s\S]*?)```/.exec(readme)!;
  const rows = claimsTable([4], ['munmap']).split('\n');
  expect(rows).toHaveLength(7);
  expect(table!.split('\n')).toEqual(expect.arrayContaining(rows));
});

test.each([3])('6.5 leaves out the %i of 8 whose mmap_lock is held, 6.6 nobody', (n) => {
  expect(simulate('6.5', crowd('hold', n)).retracted).toBe(1 - n / 8);
  expect(simulate('6.6', crowd('hold', n)).retracted).toBe(1);
});
