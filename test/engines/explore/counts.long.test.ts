// SPDX-License-Identifier: GPL-2.0-only
/**
 * The larger sizes of the programs of counts.test.ts.
 * Time budget: 60 s.
 */
import { expect, test } from 'vitest';
import * as programs from '../../../src/litmus/benchmarks.ts';
import { explore } from '../../support/explore.ts';

test.each([
  ['fib 4', 1764, () => programs.fib(4)],
  ['fib 5', 19404, () => programs.fib(5)],
  ['lastzero 10', 3328, () => programs.lastzero(10)],
  ['sbpairs 6', 4096, () => programs.sbpairs(6)],
  ['sb 10', 1024, () => programs.sb(10)],
  ['readers 13', 8192, () => programs.readers(13)],
  ['writers 7', 5040, () => programs.writers(7)],
  ['incs 7', 5040, () => programs.incs(7)],
  ['indexer 15', 4096, () => programs.indexer(15)],
])('%s: %i executions, none redundant', (_, n, build) => {
  expect(explore(build()).stats).toMatchObject({ executions: n, blocked: 0, redundant: 0 });
});
