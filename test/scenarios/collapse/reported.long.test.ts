// SPDX-License-Identifier: GPL-2.0-only
/**
 * What is found when a store of user code drains can be told: the drain is among the causes of the finding. Time budget: 30 s.
 */
import { expect, test } from 'vitest';
import { makeCell } from '../../../src/check/cell.ts';
import { checkCell } from '../../../src/check/check.ts';
import { reportOf } from '../../../src/check/report.ts';
import { builtIn } from '../../../src/cli/targets.ts';

test('a store that reaches a frame after it was given back', () => {
  const cell = makeCell(builtIn('collapse-anon')!, { against: 'store' }, ['collapse-flush']);
  const x = checkCell(cell, {}).counterexample!;
  const report = reportOf(cell, x.start, x.picks);
  expect(report.summary).toBe(x.violation.summary);
  expect(report.events[report.found - 1]!.operation).toBe('drain');
});
