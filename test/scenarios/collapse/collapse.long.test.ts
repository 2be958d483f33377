// SPDX-License-Identifier: GPL-2.0-only
/**
 * The larger spaces of whole collapses, within so many preemptions: they hold. What of them ends within minutes, and how far the others were searched, says
 * docs/findings.md. Time budget: 90 s.
 */
import { describe, expect, test } from 'vitest';
import type { Config } from '../../../src/scenarios/scenario.ts';
import { verdictOf } from '../retract/cells.ts';

const holds = { verdict: 'holds', complete: true, note: null };

const against = (party: string, more: Config = {}): Config => ({ against: party, ...more });

describe.each<[string, number, Config[]]>([
  ['collapse-anon', 1, [against('rmap'), against('rmap', { by: 'khugepaged' })]],
  [
    'collapse-pte-mapped',
    1,
    [
      ...['read-fault', 'load', 'store', 'gup', 'dontneed'].map((party) => against(party)),
      against('write-fault', { mapping: 'private' }),
      against('store', { by: 'khugepaged' }),
    ],
  ],
  ['collapse-file', 1, [against('write-fault'), against('gup')]],
  [
    'collapse-file',
    0,
    [
      ...['refault', 'read-fault', 'load', 'store', 'dontneed', 'fork'].map((party) => against(party)),
      against('store', { mapping: 'private' }),
    ],
  ],
])('%s within preemptions: %i', (scenario, preemptions, configs) => {
  test.each(configs)('%o', (config) => {
    expect(verdictOf(scenario, config, [], { preemptions })).toMatchObject(holds);
  });
});
