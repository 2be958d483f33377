// SPDX-License-Identifier: GPL-2.0-only
/**
 * One execution for each class, on programs for which the number of classes is known: nothing redundant, and nothing blocked where waits
 * are transitions.
 * Time budget: 3 s.
 */
import { describe, expect, test } from 'vitest';
import type { Machine } from '../../../cpu/machine.ts';
import { load, store } from '../../../cpu/ops.ts';
import { dekker, incs, peterson, quietIncs, readers, sb, spin, ticket, writers } from '../../../src/litmus/benchmarks.ts';
import { OPTIMA } from '../../../src/litmus/optimum.ts';
import { explore, small } from '../../support/explore.ts';

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

function counts(m: Machine): { executions: number; blocked: number; redundant: number; unrealisable: number } {
  const { executions, blocked, redundant, unrealisable } = explore(m).stats;
  return { executions, blocked, redundant, unrealisable };
}

const exactly = (executions: number) => ({ executions, blocked: 0, redundant: 0, unrealisable: 0 });

describe('as many executions as there are classes:', () => {
  test.each(OPTIMA.filter((o) => !o.long))('$name: $executions', ({ executions, blocks, make }) => {
    const { stats } = explore(make());
    expect(stats).toMatchObject({ executions, redundant: 0, unrealisable: 0 });
    expect(stats.blocked > 0).toBe(blocks);
  });

  test.each([2, 3, 4, 5, 6])('of %i: 2^n for readers and for store buffering in a ring', (n) => {
    expect(counts(readers(n))).toEqual(exactly(2 ** n));
    expect(counts(sb(n))).toEqual(exactly(2 ** n));
  });

  test.each([2, 3, 4, 5])('of %i: n! for writers, increments, ticket locks and spinlocks', (n) => {
    expect(counts(writers(n))).toEqual(exactly(factorial(n)));
    expect(counts(incs(n))).toEqual(exactly(factorial(n)));
    expect(counts(ticket(n, 'await'))).toEqual(exactly(factorial(n)));
    expect(counts(spin(n, 'acquire'))).toEqual(exactly(factorial(n)));
  });

  test('n increments whose results are not used: 1', () => {
    for (const n of [2, 5, 9]) expect(counts(quietIncs(n))).toEqual(exactly(1));
  });
});

test('waiting that is assumed away leaves the spinlocks of 4 CPUs 168 blocked executions', () => {
  expect(explore(spin(4, 'assume')).stats).toMatchObject({ executions: 24, blocked: 168 });
});

describe('locks', () => {
  test('exclude each other as long as they are fenced', () => {
    for (const m of [peterson(1), peterson(2), dekker(1), dekker(2)]) expect(explore(m).violations).toEqual([]);
    for (const m of [peterson(1, false), dekker(1, false)]) expect(explore(m).violations).toEqual(['check']);
  });
});

describe('one execution is enough', () => {
  test('for CPUs that share nothing', () => {
    const { m, at } = small({ cpus: 3 });
    m.programs = [0, 1, 2].map((me) => [
      function* (c) {
        for (let i = 0; i < 20; i++) {
          yield* store(c, at[me]!, i);
          yield* load(c, at[me]!);
        }
      },
    ]);
    expect(counts(m)).toEqual(exactly(1));
  });

  test('for private accesses inside what is shared: their number does not matter', () => {
    const sizes = [0, 1, 10, 50].map((privately) => {
      const { m, at } = small({ cpus: 2 });
      m.programs = [0, 1].map((me) => [
        function* (c) {
          yield* store(c, at[2 + me]!, 1);
          for (let i = 0; i < privately; i++) {
            yield* store(c, at[me]!, i);
            yield* load(c, at[me]!);
          }
          yield* load(c, at[3 - me]!);
        },
      ]);
      return counts(m);
    });
    expect(sizes).toEqual([exactly(4), exactly(4), exactly(4), exactly(4)]);
  });

  test('for a machine on which nothing runs', () => {
    expect(counts(small().m)).toEqual(exactly(1));
  });
});
