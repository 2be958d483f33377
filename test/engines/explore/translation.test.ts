// SPDX-License-Identifier: GPL-2.0-only
/**
 * Random small programs on page tables: the final states that the exploration finds, where a TLB is asked what it may remember, are exactly those of
 * a machine whose TLBs and PDE caches fill and drop at any time (test/support/explicit-translation.ts). No class is run in vain.
 * Seeded; more in translation.long.test.ts. Time budget: 10 s.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { finalTranslationStates } from '../../support/explicit-translation.ts';
import { type Family, fuzzTranslation } from '../../support/translation-agreement.ts';
import { FAMILIES } from '../../support/translation-programs.ts';

describe('30 random programs agree with the oracle:', () => {
  test.each(Object.keys(FAMILIES) as Family[])('%s', (family) => {
    const { report, compared } = fuzzTranslation(family, 30, 1);
    expect(report).toBeNull();
    expect(compared).toBeGreaterThan(22);
  });
});

test('it makes no difference to the oracle whether fills and drops are steps of their own', () => {
  let compared = 0;
  const tiny = FAMILIES['two page tables and a large page'].map((p) => ({ ...p, cpus: p.cpus.slice(0, 2).map((c) => c.slice(0, 2)) }));
  const same = fc.property(tiny, (program) => {
    const literal = finalTranslationStates(program, 1000, true);
    if (literal === null) return;
    compared++;
    expect([...literal].sort()).toEqual([...finalTranslationStates(program, 1000)!].sort());
  });
  fc.assert(same, { numRuns: 20, seed: 1 });
  expect(compared).toBeGreaterThan(7);
});
