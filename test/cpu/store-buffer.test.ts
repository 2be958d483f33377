// SPDX-License-Identifier: GPL-2.0-only
/**
 * The store buffer as a data structure, and plain stores in it: they are no transitions, keep their place among the marked ones, and leave
 * with them.
 * Time budget: 1 s.
 */
import { describe, expect, test } from 'vitest';
import { ISSUE } from '../../cpu/kinds.ts';
import { load, mfence, peek, poke, rmw, store, store64, waitLoad } from '../../cpu/ops.ts';
import { ADD } from '../../cpu/rmw.ts';
import { MARKED, StoreBuffer, WIDE } from '../../cpu/store-buffer.ts';
import { Trace } from '../../cpu/trace.ts';
import type { Ptr } from '../../mmu/types.ts';
import { explore, small } from '../support/explore.ts';

const at = (p: number): Ptr => p as Ptr;

describe('a buffer', () => {
  test('answers with the newest entry that covers the word, by half if need be', () => {
    const b = new StoreBuffer();
    b.push(at(10), 1, 2, MARKED | WIDE, 0, 0);
    b.push(at(11), 3, 0, 0, 0, 0);
    expect(b.newest(at(9))).toBe(-1);
    expect([b.newest(at(10)), b.newest(at(11)), b.newest(at(12))]).toEqual([0, 1, -1]);
    expect([b.valueAt(0, at(10)), b.valueAt(0, at(11)), b.valueAt(1, at(11))]).toEqual([1, 2, 3]);
    b.left = 1;
    expect(b.newest(at(10))).toBe(-1);
  });

  test('numbers marked stores among themselves and has no end', () => {
    const b = new StoreBuffer();
    for (let i = 0; i < 200; i++) b.push(at(2 * i), i, 0, i % 3 === 0 ? MARKED : 0, i, 0);
    expect([b.issued, b.stores, b.marked[66], b.lo[198], b.issuedAt[199]]).toEqual([200, 67, 198, 198, 199]);
    expect(b.newest(at(398))).toBe(199);
    b.reset();
    expect(b.newest(at(398))).toBe(-1);
  });
});

describe('plain stores', () => {
  test('are seen by the own plain and marked loads at once, and by others only when they leave', () => {
    const { m, at: x } = small({ cpus: 1 });
    const seen: number[] = [];
    m.programs = [
      [
        function* (c) {
          poke(c, x[0]!, 5);
          seen.push(peek(c, x[0]!), yield* load(c, x[0]!), m.mem.words[x[0]!]!);
          yield* store(c, x[1]!, 1);
          poke(c, x[2]!, 6);
          yield* mfence(c);
          yield* load(c, x[1]!);
          seen.push(m.mem.words[x[0]!]!, m.mem.words[x[2]!]!);
          yield* rmw(c, x[3]!, ADD, 1);
          seen.push(m.mem.words[x[2]!]!);
        },
      ],
    ];
    expect(explore(m).stats.executions).toBe(1);
    // The first leaves with the marked store behind it, the second with the locked operation.
    expect(seen).toEqual([5, 5, 0, 5, 0, 6]);
  });

  test('do not go round an older marked store to the same word', () => {
    const { m, at: x } = small({ cpus: 2 });
    m.programs = [
      [
        function* (c) {
          yield* store(c, x[0]!, 1);
          poke(c, x[0]!, 2);
          yield* store(c, x[1]!, 1);
        },
      ],
      [
        function* (c) {
          yield* waitLoad(c, x[1]!, -1, 1);
          yield* store(c, x[2]!, peek(c, x[0]!));
        },
      ],
    ];
    expect(explore(m, () => String(m.mem.words[x[2]!]))).toMatchObject({ states: ['2'], violations: [] });
  });

  test('reach memory at the end, and cost no execution', () => {
    const { m, at: x } = small({ cpus: 2 });
    m.programs = [0, 1].map((me) => [
      function* (c) {
        for (let i = 0; i < 5; i++) poke(c, x[me]!, i);
      },
    ]);
    expect(explore(m, () => `${m.mem.words[x[0]!]} ${m.mem.words[x[1]!]}`)).toMatchObject({ states: ['4 4'], stats: { executions: 1 } });
  });
});

test('a 64-bit store is one entry: nobody sees half of it', () => {
  const halves = (wide: boolean): string[] => {
    const { m, at: x } = small({ cpus: 2 });
    let seen = '';
    m.programs = [
      [
        function* (c) {
          if (wide) return yield* store64(c, x[0]!, 1, 1);
          yield* store(c, x[0]!, 1);
          yield* store(c, x[1]!, 1);
        },
      ],
      [
        function* (c) {
          const low = yield* load(c, x[0]!);
          seen = `${low} ${yield* load(c, x[1]!)}`;
        },
      ],
    ];
    return explore(m, () => seen).states;
  };
  expect(halves(true)).toEqual(['0 0', '0 1', '1 1']);
  expect(halves(false)).toEqual(['0 0', '0 1', '1 0', '1 1']);
});

test("what a store does inside is nobody's function: call chains begin with the code that stores", () => {
  const { m, at: words } = small({ cpus: 1 });
  m.bufferDepth = 1; // the second one waits for a place
  const trace = new Trace();
  m.trace = trace;
  m.programs = [
    [
      function* writer(c) {
        yield* store(c, words[0]!, 1);
        yield* store(c, words[1]!, 2);
      },
    ],
  ];
  explore(m);
  expect(trace.rows.map((row) => row.kind)).toContain(ISSUE);
  expect(trace.rows.map((row) => trace.sites[row.site]!.calls)).toEqual(trace.rows.map(() => ['writer']));
});
