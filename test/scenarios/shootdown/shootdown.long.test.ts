// SPDX-License-Identifier: GPL-2.0-only
/** Every policy with every operation, against every victim: 195 cells. Time budget: 60 s. */
import { expect, test } from 'vitest';
import { product, scenarioNamed } from '../retract/cells.ts';
import { expectCell } from './cells.ts';

const configs = product({}, scenarioNamed('shootdown'));

test('there are 195', () => {
  expect(configs).toHaveLength(195);
});

test.each(configs)('%o', expectCell);
