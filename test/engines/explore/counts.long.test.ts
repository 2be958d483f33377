// SPDX-License-Identifier: GPL-2.0-only
/**
 * The larger sizes of the programs of counts.test.ts.
 * Time budget: 60 s.
 */
import { expect, test } from 'vitest';
import * as programs from '../../../src/litmus/benchmarks.ts';
import { explore } from '../../support/explore.ts';

test.each([
  ['fib 4', () => programs.fib(4), 1764],
  ['fib 5', () => programs.fib(5), 19404],
  ['lastzero 10', () => programs.lastzero(10), 3328],
  ['sbpairs 6', () => programs.sbpairs(6), 4096],
  ['sb 10', () => programs.sb(10), 1024],
  ['readers 13', () => programs.readers(13), 8192],
  ['writers 7', () => programs.writers(7), 5040],
  ['incs 7', () => programs.incs(7), 5040],
  ['indexer 15', () => programs.indexer(15), 4096],
])('%s: %3$i executions, none redundant', (_, build, n) => {
  expect(explore(build()).stats).toMatchObject({ executions: n, blocked: 0, redundant: 0 });
});
