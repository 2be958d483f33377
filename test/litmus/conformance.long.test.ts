// SPDX-License-Identifier: GPL-2.0-only
/**
 * The larger litmus suites: exactly the final states of x86-TSO, from exactly one execution for each graph; the same after they were printed as
 * .litmus files and read again.
 * Time budget: 60 s.
 */
import { expect, test } from 'vitest';
import { disagreements, readSuite } from '../support/litmus.ts';
import { reread, testOf } from '../support/litmus-text.ts';

test.each([
  ['basic-4', 829],
  ['catalogue', 19],
  ['relax-2', 428],
  ['relax-3', 129],
  ['two-by-two', 915],
  ['locked', 282],
  ['xadd', 94],
])('every program of %s (%i) has exactly the final states and executions of x86-TSO', (suite, programs) => {
  const records = readSuite(suite);
  expect(records).toHaveLength(programs);
  expect(records.flatMap((r) => disagreements(r))).toEqual([]);
  expect(records.flatMap((r) => disagreements({ ...r, ...reread(testOf(r)).program, vars: r.vars }))).toEqual([]);
});
