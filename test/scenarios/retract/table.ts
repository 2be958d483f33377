// SPDX-License-Identifier: GPL-2.0-only
/**
 * Cells of `retract` that are no copies of others, checked for real: 198 of the 216. The slow ones hold, have a huge mapping in between
 * and three CPUs: more than 100,000 executions each; those with reader=active take as long as half of all, and are left to `paelab check --all`. Two
 * files take every second cell, so that two cores have the same to do.
 */
import { expect, test } from 'vitest';
import { distinct, expectVerdict, product } from './cells.ts';

/** Declares the tests of one half of the cells. */
export function expectHalf(half: 1 | 2): void {
  const cells = distinct(product());
  // Neighbours differ in the last key only: of each pair one, in turn the first and the second.
  const mine = (i: number): boolean => ((i ^ (i >> 1)) & 1) === half - 1;
  const parts = ['t1', 't2'].flatMap((history) =>
    ['same', 'other'].flatMap((refault) => ['active', 'lazy', 'foreign'].map((reader) => [history, refault, reader] as const)),
  );
  const inTime = parts.filter((part) => part.join() !== 't2,other,active');

  test.each(inTime)('the expected verdict with history=%s refault=%s reader=%s', (history, refault, reader) => {
    const some = cells.filter((c) => c['history'] === history && c['refault'] === refault && c['reader'] === reader);
    expect(some).toHaveLength(18);
    for (const config of some.filter((_, i) => mine(i))) expectVerdict(config);
  });
}
