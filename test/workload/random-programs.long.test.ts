// SPDX-License-Identifier: GPL-2.0-only
/** Many random programs, and kernels that are broken in one place each: random programs find every one. Budget: 6 min. */
import { beforeAll, describe, expect, test } from 'vitest';
import { AMPLE, checkPrograms, SCARCE } from '../support/random-programs/check.ts';
import { buildRunner, type Runner } from '../support/random-programs/erased.ts';
import { MUTANTS } from '../support/random-programs/mutants.ts';

let run: Runner;
beforeAll(async () => {
  run = await buildRunner(null);
}, 60_000);

test('data never differs: 10000 programs', () => {
  expect(checkPrograms(run, AMPLE, 10_000, 24).programs).toBe(10_000);
});

test('on a machine with hardly any memory: 1000 programs', () => {
  expect(checkPrograms(run, SCARCE, 1000, 30).refused).toBeGreaterThan(100);
});

describe('a kernel that is broken is found out', () => {
  test.each(MUTANTS)('$name', async (mutant) => {
    const broken = await buildRunner(mutant);
    expect(() => checkPrograms(broken, AMPLE, 1000, 24, false)).toThrow();
  });
});
