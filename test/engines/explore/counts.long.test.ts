// SPDX-License-Identifier: GPL-2.0-only
/**
 * The larger sizes of the programs of counts.test.ts.
 * Time budget: 3 min.
 */
import { expect, test } from 'vitest';
import { OPTIMA } from '../../../src/litmus/optimum.ts';
import { explore } from '../../support/explore.ts';

test.each(OPTIMA.filter((o) => o.long))('$name: $executions executions, none redundant', ({ executions, make }) => {
  expect(explore(make()).stats).toMatchObject({ executions, blocked: 0, redundant: 0 });
});
