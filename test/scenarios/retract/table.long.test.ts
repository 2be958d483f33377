// SPDX-License-Identifier: GPL-2.0-only
/**
 * Every cell of `retract` that is no copy of another, checked for real: 216 of the 864. The slow ones hold, have a huge mapping in between
 * and three CPUs: up to 300,000 executions each.
 * Time budget: 25 min.
 */
import { expect, test } from 'vitest';
import { distinct, expectVerdict, product } from './cells.ts';

const cells = distinct(product());
const parts = ['t1', 't2'].flatMap((history) =>
  ['same', 'other'].flatMap((refault) => ['active', 'lazy', 'foreign'].map((reader) => ({ history, refault, reader }))),
);

test.each(parts)('the expected verdict with history=$history refault=$refault reader=$reader', (part) => {
  const some = cells.filter((c) => c['history'] === part.history && c['refault'] === part.refault && c['reader'] === part.reader);
  expect(some).toHaveLength(18);
  for (const config of some) expectVerdict(config);
});
