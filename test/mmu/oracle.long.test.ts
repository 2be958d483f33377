// SPDX-License-Identifier: GPL-2.0-only
/**
 * As test/mmu/oracle, test/mmu/stale and test/mmu/front, with other histories, and three to ten times as many.
 * Time budget: 300 s.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { histories, Tally } from '../support/mmu-oracle.ts';
import { haunted } from '../support/mmu-stale.ts';
import { twins } from '../support/mmu-twins.ts';
import { createWorldMemory } from '../support/mmu-world.ts';

test('the MMU and the slow walker agree on 300,000 accesses', () => {
  const tally = new Tally();
  fc.assert(histories(createWorldMemory(), tally), { numRuns: 10_000, seed: 2 });
  expect(tally.count('cases')).toBeGreaterThan(300_000);
});

test('no access uses a translation that had to be removed', () => {
  fc.assert(haunted(createWorldMemory(), new Tally()), { numRuns: 8000, seed: 2 });
});

test('with the front and without it, everything is the same', () => {
  fc.assert(twins([createWorldMemory(), createWorldMemory()]), { numRuns: 3000, seed: 2 });
});
