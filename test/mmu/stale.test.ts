// SPDX-License-Identifier: GPL-2.0-only
/**
 * Never a hit after an invalidation that must remove it: page tables change while the MMU remembers what they said, and every translation that it
 * uses must be one that the tables gave since the last event that removes it (test/support/mmu-ghost).
 * Time budget: 15 s.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DROP_GLOBAL, DROP_LOCAL, DROP_PAGE, DROP_STRUCTURES } from '../../mmu/invalidation.ts';
import type { Mmu } from '../../mmu/mmu.ts';
import { forgetsLess } from '../support/mmu-mutants.ts';
import { Tally } from '../support/mmu-oracle.ts';
import { haunted } from '../support/mmu-stale.ts';
import { createWorldMemory } from '../support/mmu-world.ts';

const mem = createWorldMemory();

test('no access uses a translation that had to be removed, though many use old ones that had not', () => {
  const tally = new Tally();
  fc.assert(haunted(mem, tally), { numRuns: 1500, seed: 1 });
  expect(tally.count('fault')).toBeGreaterThan(5000);
  expect(tally.count('fresh')).toBeGreaterThan(5000);
  expect(tally.count('stale')).toBeGreaterThan(1000);
});

const BROKEN: [what: string, broken: (mmu: Mmu) => void][] = [
  ['a page', (m) => forgetsLess(m, DROP_PAGE)],
  ['what is not global', (m) => forgetsLess(m, DROP_LOCAL)],
  ['what is global', (m) => forgetsLess(m, DROP_GLOBAL)],
  ['the PDE cache', (m) => forgetsLess(m, DROP_STRUCTURES)],
  ['a page in the TLB alone', (m) => void (m.tlb.dropPage = () => {})],
  ['a page in the front alone', (m) => void (m.front.dropPage = () => {})],
  ['all of the front', (m) => void (m.front.dropAll = () => {})],
];

describe('it is noticed where an event does not remove', () => {
  test.each(BROKEN)('%s', (_, broken) => {
    expect(fc.check(haunted(mem, new Tally(), broken), { numRuns: 1000, seed: 1, endOnFailure: true }).failed).toBe(true);
  });
});
