// SPDX-License-Identifier: GPL-2.0-only
/**
 * The random programs of translation.test.ts, 2400 in all, seeded otherwise.
 * Time budget: 90 s.
 */
import { expect, test } from 'vitest';
import { type Family, fuzzTranslation } from '../../support/translation-agreement.ts';
import { FAMILIES } from '../../support/translation-programs.ts';

test.each(Object.keys(FAMILIES) as Family[])('300 random programs agree with the oracle: %s', (family) => {
  const { report, compared } = fuzzTranslation(family, 300, 2026);
  expect(report).toBeNull();
  expect(compared).toBeGreaterThan(250);
});
