// SPDX-License-Identifier: GPL-2.0-only
/**
 * Deferred callbacks: one never runs inside a section that was open when it was deferred, may run inside a later one, and finds the stores
 * of the sections that it waited for in memory. The mutants leave the sections' calls out.
 * Time budget: 1 s.
 */
import { describe, expect, test } from 'vitest';
import { defer, sectionBegin, sectionEnd } from '../../cpu/deferred.ts';
import { load, peek, poke, store } from '../../cpu/ops.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import { type Explored, explore, small } from '../support/explore.ts';

/** CPU0 reads in a section, or pretends to; CPU1 publishes x = 1, then defers. */
function run(
  sections: boolean,
  reader: (c: Vcpu, x: Ptr, y: Ptr, note: (v: number) => void) => Code,
  callback: (c: Vcpu, y: Ptr, note: (v: number) => void) => Code,
): Explored {
  const { m, at } = small({ cpus: 2, callbacks: 1 });
  const [x, y] = at as [Ptr, Ptr];
  let seen: Record<string, number> = {};
  m.onReset = () => {
    seen = {};
  };
  m.programs = [
    [
      function* (c) {
        if (sections) yield* sectionBegin(c);
        yield* reader(c, x, y, (v) => {
          seen[`reader ${Object.keys(seen).filter((k) => k.startsWith('reader')).length}`] = v;
        });
        if (sections) yield* sectionEnd(c);
      },
    ],
    [
      function* (c) {
        yield* store(c, x, 1);
        yield* defer(
          c,
          (cb) =>
            callback(cb, y, (v) => {
              seen['callback'] = v;
            }),
          0,
        );
      },
    ],
  ];
  return explore(m, () =>
    Object.keys(seen)
      .sort()
      .map((k) => seen[k])
      .join(' '),
  );
}

describe('a callback', () => {
  const values = (sections: boolean) =>
    run(
      sections,
      function* (c, x, y, note) {
        note(yield* load(c, x));
        note(yield* load(c, y));
      },
      function* (c, y) {
        yield* store(c, y, 1);
      },
    );

  test('never runs inside a section that was open when it was deferred, and may run inside a later one', () => {
    expect(values(true)).toMatchObject({ states: ['0 0', '1 0', '1 1'], stats: { redundant: 0, blocked: 0 } });
  });

  test('runs at any time where nobody says that there is a section', () => {
    expect(values(false).states).toEqual(['0 0', '0 1', '1 0', '1 1']);
  });

  const drained = (sections: boolean) =>
    run(
      sections,
      function* (c, x, y, note) {
        note(yield* load(c, x));
        yield* store(c, y, 1);
      },
      function* (c, y, note) {
        note(yield* load(c, y));
      },
    );

  test('finds the stores of the sections that it waited for in memory', () => {
    // What the callback read, then what the reader did: never both 0.
    expect(drained(true).states).toEqual(['0 1', '1 0', '1 1']);
    expect(drained(false).states).toContain('0 0');
  });

  const freed = (sections: boolean) =>
    run(
      sections,
      function* (c, x, y) {
        if ((yield* load(c, x)) === 0) peek(c, y);
      },
      function* (c, y) {
        poke(c, y, 1);
      },
    );

  test('may write plainly what readers find only before it was deferred', () => {
    expect(freed(true).violations).toEqual([]);
    expect(freed(false).violations).toEqual(['data-race']);
  });
});

test('a section inside another does not end it', () => {
  const { states } = run(
    true,
    function* (c, x, y, note) {
      note(yield* load(c, x));
      yield* sectionBegin(c);
      yield* sectionEnd(c);
      note(yield* load(c, y));
    },
    function* (c, y) {
      yield* store(c, y, 1);
    },
  );
  expect(states).toEqual(['0 0', '1 0', '1 1']);
});

test('what a vCPU has done before it defers comes before the callback', () => {
  const { m, at } = small({ cpus: 1, callbacks: 1 });
  m.programs = [
    [
      function* (c) {
        poke(c, at[0]!, 1);
        yield* defer(
          c,
          function* (cb) {
            poke(cb, at[0]!, 2);
          },
          0,
        );
      },
    ],
  ];
  expect(explore(m, () => String(m.mem.words[at[0]!]))).toMatchObject({ states: ['2'], violations: [], stats: { executions: 1 } });
});

test('which context a callback runs on does not depend on what other vCPUs have deferred before', () => {
  const { m, at } = small({ cpus: 3, callbacks: 1 });
  const seen = [0, 0];
  m.programs = [0, 1].map((me) => [
    function* (c) {
      seen[me] = yield* load(c, at[1]!);
      yield* defer(
        c,
        function* (cb) {
          yield* store(cb, at[0]!, me + 1);
        },
        0,
      );
    },
  ]);
  m.programs.push([
    function* (c) {
      yield* store(c, at[1]!, 1);
    },
  ]);
  const { states, stats } = explore(m, () => `${seen.join('')} ${m.mem.words[at[0]!]}`);
  expect(states).toEqual(['00 1', '00 2', '01 1', '01 2', '10 1', '10 2', '11 1', '11 2']);
  expect(stats).toMatchObject({ executions: 8, redundant: 0 });
});

test('a vCPU that defers more callbacks than there is room for is a defect', () => {
  const { m } = small({ cpus: 1, callbacks: 1 });
  const nothing = function* (): Code {};
  m.programs = [
    [
      function* (c) {
        yield* defer(c, nothing, 0);
        yield* defer(c, nothing, 0);
      },
    ],
  ];
  expect(() => explore(m)).toThrow('more than 1 deferred callbacks on CPU0');
});
