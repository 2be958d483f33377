// SPDX-License-Identifier: GPL-2.0-only
/**
 * Random programs of several processes, on 6.1, 6.5 and 6.6: whatever collapses beside them, every byte is what a simple memory says, every reference
 * and mapping is counted after every step, and nothing is left when all have ended. What random-programs.long.test.ts does longer, and to broken
 * kernels. Budget: 30 s.
 */
import { beforeAll, expect, test } from 'vitest';
import { AMPLE, checkPrograms, SCARCE } from '../support/random-programs/check.ts';
import { buildRunner, type Runner } from '../support/random-programs/erased.ts';

let run: Runner;
beforeAll(async () => {
  run = await buildRunner(null);
}, 60_000);

test('data never differs: 1000 programs', () => {
  const { programs, collapsed } = checkPrograms(run, AMPLE, 1000, 24);
  expect(programs).toBe(1000);
  expect(collapsed).toBeGreaterThan(300);
});

test('on a machine with hardly any memory programs are refused it or killed, and those that live keep their data: 100 programs', () => {
  expect(checkPrograms(run, SCARCE, 100, 30).refused).toBeGreaterThan(10);
});
