// SPDX-License-Identifier: GPL-2.0-only
/**
 * The larger spaces of whole collapses, within so many preemptions: they hold. What of them ends within minutes, and how far the others were searched, says
 * docs/findings.md. Time budget: 60 s.
 */
import { describe, expect, test } from 'vitest';
import type { Config } from '../../../src/scenarios/scenario.ts';
import { verdictOf } from '../retract/cells.ts';

const holds = { verdict: 'holds', complete: true, note: null };

describe.each<[string, number, Config[]]>([
  ['collapse-anon', 1, [{ against: 'rmap' }]],
  ['collapse-pte-mapped', 1, [{ against: 'gup' }, { against: 'store' }]],
  ['collapse-file', 0, [{ against: 'load' }, { against: 'store' }, { against: 'dontneed' }, { against: 'fork' }]],
])('%s within preemptions: %i', (scenario, preemptions, configs) => {
  test.each(configs)('%o', (config) => {
    expect(verdictOf(scenario, config, [], { preemptions })).toMatchObject(holds);
  });
});

test('of anonymous memory against the exit of its process, by khugepaged: all executions hold', () => {
  expect(verdictOf('collapse-anon', { against: 'exit', by: 'khugepaged' })).toMatchObject({ ...holds, blocked: 0 });
});
