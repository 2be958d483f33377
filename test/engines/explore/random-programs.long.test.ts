// SPDX-License-Identifier: GPL-2.0-only
/**
 * The random programs of random-programs.test.ts, 1000 of each family, seeded otherwise.
 * Time budget: 3 min.
 */
import { expect, test } from 'vitest';
import { FAMILIES, fuzz } from '../../support/fuzz.ts';

test.each(Object.keys(FAMILIES) as (keyof typeof FAMILIES)[])('1000 random programs agree with the oracle in their %s', (name) => {
  expect(fuzz(FAMILIES[name], 1000, 2026)).toBeNull();
});
