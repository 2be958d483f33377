// SPDX-License-Identifier: GPL-2.0-only
/** The larger spaces of whole collapses, as far as so many executions go: none of them is violated. Time budget: 3 min. */
import { describe, expect, test } from 'vitest';
import type { Config } from '../../../src/scenarios/scenario.ts';
import { verdictOf } from '../retract/cells.ts';

/** Of each cell. */
const EXECUTIONS = 300;

describe.each(['collapse-file', 'collapse-pte-mapped'])('%s', (scenario) => {
  const against = ['refault', 'read-fault', 'write-fault', 'load', 'store', 'gup', 'truncate', 'dontneed'];
  const configs: Config[] = [...against.map((a): Config => ({ against: a })), { against: 'store', mapping: 'private' }];

  test.each(configs)('%o', (config) => {
    expect(verdictOf(scenario, config, [], { maxExecutions: EXECUTIONS }).counterexample).toBeNull();
  });
});

test('collapse-file against the exit of its process', () => {
  expect(verdictOf('collapse-file', { against: 'exit', by: 'khugepaged' }, [], { maxExecutions: EXECUTIONS }).counterexample).toBeNull();
});

test('collapse-anon against reclaim', () => {
  expect(verdictOf('collapse-anon', { against: 'rmap' }, [], { maxExecutions: 3 * EXECUTIONS }).counterexample).toBeNull();
});
