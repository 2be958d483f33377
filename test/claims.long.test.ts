// SPDX-License-Identifier: GPL-2.0-only
/**
 * The README's table of what the commit claims is what `npm run bench -- retract` prints. After a change of the port that alters the number of
 * transitions the table is made again. Time budget: 20 s.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { claimsTable } from '../bench/retract/table.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the README has the table as it is printed', () => {
  const part = readme.slice(readme.indexOf('<!-- claims -->'));
  expect(/```\n([\s\S]*?)```/.exec(part)![1]!).toBe(claimsTable());
});
