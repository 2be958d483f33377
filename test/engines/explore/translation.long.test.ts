// SPDX-License-Identifier: GPL-2.0-only
/**
 * The random programs of translation.test.ts, 6000 in all, seeded otherwise.
 * Time budget: 3 min.
 */
import { expect, test } from 'vitest';
import { type Family, fuzzTranslation } from '../../support/translation-agreement.ts';
import { FAMILIES } from '../../support/translation-programs.ts';

test.each(Object.keys(FAMILIES) as Family[])('750 random programs agree with the oracle: %s', (family) => {
  const { report, compared } = fuzzTranslation(family, 750, 2026);
  expect(report).toBeNull();
  expect(compared).toBeGreaterThan(625);
});
