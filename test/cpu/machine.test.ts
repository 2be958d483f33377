// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the machine itself finds: deadlocks, loops without progress, touches of freed frames, checks that must always hold; and that every
 * execution starts from the same image.
 * Time budget: 1 s.
 */
import { describe, expect, test } from 'vitest';
import type { Machine } from '../../cpu/machine.ts';
import { assume, cpuRelax, fillRange, load, peek, poke, store, switchTask, waitLoad, waitRmw } from '../../cpu/ops.ts';
import { violate } from '../../cpu/report.ts';
import { XCHG } from '../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { ANON, FREE, FREED, LOCK_POISON, setFrame } from '../../mmu/frames.ts';
import { writeWord } from '../../mmu/journal.ts';
import { backFrame, frameOfSlot, pageOfSlot } from '../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../mmu/types.ts';
import { drive, MAX_TRANSITIONS, type Strategy, TooLong } from '../../src/engines/strategy.ts';
import { type Explored, explore, small } from '../support/explore.ts';

describe('a deadlock', () => {
  test('names who waits for what', () => {
    const { m, at } = small({ cpus: 2 });
    m.programs = [0, 1].map((me) => [
      function* (c) {
        yield* waitRmw(c, at[me]!, -1, 0, XCHG, 1);
        yield* waitRmw(c, at[1 - me]!, -1, 0, XCHG, 1);
        yield* store(c, at[1 - me]!, 0);
        yield* store(c, at[me]!, 0);
      },
    ]);
    const { violations, summaries, stats } = explore(m);
    expect(violations).toEqual(['deadlock']);
    expect(summaries).toEqual(['nothing can go on: CPU0 waits for word 1; CPU1 waits for word 0']);
    expect(stats).toMatchObject({ executions: 2, blocked: 1, redundant: 0 });
  });

  test('is none if both take the locks in the same order', () => {
    const { m, at } = small({ cpus: 2 });
    m.programs = [0, 1].map(() => [
      function* (c) {
        for (const lock of [0, 1]) yield* waitRmw(c, at[lock]!, -1, 0, XCHG, 1);
        for (const lock of [1, 0]) yield* store(c, at[lock]!, 0);
      },
    ]);
    expect(explore(m)).toMatchObject({ violations: [], stats: { executions: 2, blocked: 0 } });
  });

  test('is none if the one who waits is idle, or somebody was cut', () => {
    const { m, at } = small({ cpus: 1 });
    m.programs = [
      [
        function* (c) {
          c.idle = true;
          yield* waitLoad(c, at[0]!, -1, 1);
        },
      ],
    ];
    expect(explore(m)).toMatchObject({ violations: [], stats: { executions: 1, blocked: 0 } });
    m.programs = [
      [
        function* (c) {
          yield* assume(c, false);
        },
      ],
    ];
    expect(explore(m)).toMatchObject({ violations: [], stats: { executions: 0, blocked: 1 } });
  });
});

describe('a loop that spins', () => {
  const spins = (relax: boolean): Machine => {
    const { m, at } = small({ cpus: 2 });
    m.programs = [
      [
        function* (c) {
          while ((yield* load(c, at[0]!)) === 0) if (relax) yield* cpuRelax(c);
        },
      ],
      [
        function* (c) {
          yield* store(c, at[0]!, 1);
        },
      ],
    ];
    return m;
  };

  test('is cut when it reads the same again, once for each number of turns that could still go on', () => {
    const { stats, violations } = explore(spins(true));
    expect(violations).toEqual([]);
    expect(stats.executions).toBeGreaterThan(0);
    expect(stats).toMatchObject({ blocked: 1, redundant: 0 });
  });

  test('and says nothing about it is taken to have no end', () => {
    const first: Strategy = { begin: () => true, pick: (_, enabled) => enabled[0]!, choose: () => 0, end: () => {} };
    const run = () => drive(spins(false), first, () => true);
    expect(run).toThrow(TooLong);
    expect(run).toThrow(`more than ${MAX_TRANSITIONS} transitions; it was in CPU0 at word 0`);
  });

  test('is not cut while it writes, or reads something new', () => {
    const { m, at } = small({ cpus: 1 });
    m.programs = [
      [
        function* (c) {
          for (let i = 0; i < 5; i++) {
            yield* store(c, at[0]!, i);
            yield* cpuRelax(c);
          }
          for (let i = 0; i < 5; i++) {
            yield* load(c, at[i]!);
            yield* cpuRelax(c);
          }
        },
      ],
    ];
    expect(explore(m).stats).toMatchObject({ executions: 1, blocked: 0 });
  });
});

describe('a frame that is given back', () => {
  const touching = (kind: number, place: 'frame' | 'lock', body: (c: Vcpu, p: Ptr) => Code): Explored => {
    const { m, mem } = small({ cpus: 1, frames: 2 });
    const slot = backFrame(mem, 0x100 as Pfn);
    const p = ((place === 'lock' ? pageOfSlot(mem, slot) : frameOfSlot(mem, slot)) + 5) as Ptr;
    m.boot(() => {
      setFrame(mem, slot, kind, NULL, 0);
      if (kind === FREED) writeWord(mem, (pageOfSlot(mem, slot) + 5) as Ptr, LOCK_POISON);
      return [][Symbol.iterator]() as never;
    });
    m.programs = [[(c) => body(c, p)]];
    return explore(m);
  };
  const reads = function* (c: Vcpu, p: Ptr): Code {
    yield* load(c, p);
  };
  const writes = function* (c: Vcpu, p: Ptr): Code {
    poke(c, p, 1);
  };
  const locks = function* (c: Vcpu, p: Ptr): Code {
    yield* waitRmw(c, p, -1, 0, XCHG, 1);
  };

  test('may not be read or written', () => {
    for (const body of [reads, writes]) {
      expect(touching(ANON, 'frame', body).violations).toEqual([]);
      expect(touching(FREE, 'frame', body).violations).toEqual(['freed-frame']);
      expect(touching(FREED, 'frame', body).violations).toEqual(['freed-frame']);
    }
  });

  test('has a lock that may be neither touched nor waited for', () => {
    for (const body of [reads, writes, locks]) {
      expect(touching(ANON, 'lock', body).violations).toEqual([]);
      expect(touching(FREED, 'lock', body).violations).toEqual(['freed-frame']);
    }
  });

  test('is named', () => {
    expect(touching(FREED, 'frame', writes).summaries).toEqual(['touch of frame 0x000100, which is freed']);
  });

  test('is touched too late in some execution, if nothing orders the two', () => {
    const { m, mem } = small({ cpus: 2, frames: 2 });
    const slot = backFrame(mem, 0x100 as Pfn);
    const base = frameOfSlot(mem, slot);
    m.boot(() => {
      setFrame(mem, slot, ANON, NULL, 0);
      return [][Symbol.iterator]() as never;
    });
    let late = 0;
    m.programs = [
      [
        function* (c) {
          late = yield* load(c, (base + 3) as Ptr);
        },
      ],
      [
        function* (c) {
          yield* fillRange(c, base, 0x6b);
        },
      ],
    ];
    expect(explore(m, () => String(late)).stats).toMatchObject({ executions: 2, redundant: 0 });
  });
});

describe('a check that must always hold', () => {
  const crossing = (watched: boolean): string[] => {
    const { m, at } = small({ cpus: 2 });
    m.programs = [0, 1].map((me) => [
      function* (c) {
        yield* store(c, at[me]!, 1);
        yield* store(c, at[me]!, 0);
      },
    ]);
    const cells = watched ? [at[0]!, at[1]!] : [];
    m.always = [{ name: 'one at a time', cells, holds: (read) => read(at[0]!) + read(at[1]!) < 2 }];
    return explore(m).summaries;
  };

  test('sees the states between the transitions that write its cells', () => {
    expect(crossing(true)).toEqual(['does not hold any more: one at a time']);
  });

  test('is missed if it does not say which cells it reads', () => {
    expect(crossing(false)).toEqual([]);
  });
});

describe('an execution', () => {
  test('starts from the image that boot left, with nothing of the last one', () => {
    const { m, at } = small({ cpus: 2 });
    m.boot(function* (c) {
      yield* store(c, at[0]!, 40);
      poke(c, at[1]!, 2);
    });
    const starts = new Set<string>();
    m.programs = [0, 1].map(() => [
      function* (c) {
        const x = yield* load(c, at[2]!);
        starts.add(`${m.mem.words[at[0]!]} ${m.mem.words[at[1]!]}`);
        yield* store(c, at[2]!, x + 1);
      },
    ]);
    const { stats } = explore(m, () => String(m.mem.words[at[2]!]));
    expect(stats.executions).toBeGreaterThan(2);
    expect([...starts]).toEqual(['40 2']);
  });

  test('goes on without a context that was stopped; the first finding counts', () => {
    const { m, at } = small({ cpus: 2 });
    m.programs = [
      [
        function* (c) {
          yield* store(c, at[0]!, 1);
          violate(c, 'check', 'first');
        },
      ],
      [
        function* (c) {
          yield* waitLoad(c, at[0]!, -1, 1);
          yield* store(c, at[1]!, 1);
          violate(c, 'check', 'second');
        },
      ],
    ];
    expect(explore(m, () => String(m.mem.words[at[1]!]))).toMatchObject({ states: ['1'], summaries: ['first'] });
  });

  test('may go on with another task of the vCPU', () => {
    const { m, at } = small({ cpus: 1 });
    m.programs = [
      [
        function* (c) {
          poke(c, at[0]!, 1);
          yield* switchTask(c, 1);
          poke(c, at[0]!, peek(c, at[0]!) * 10);
        },
        function* (c) {
          poke(c, at[0]!, peek(c, at[0]!) + 1);
          yield* switchTask(c, 0);
        },
      ],
    ];
    expect(explore(m, () => String(m.mem.words[at[0]!])).states).toEqual(['20']);
  });
});

test('a word that is waited for may not be changed by a plain store', () => {
  const { m, at } = small({ cpus: 2 });
  const turns = (plain: boolean) =>
    function* (c: Vcpu): Code {
      yield* waitLoad(c, at[0]!, -1, 0);
      if (plain) poke(c, at[0]!, 1);
      else yield* store(c, at[0]!, 1);
      yield* store(c, at[1]!, 1);
    };
  const answers = function* (c: Vcpu): Code {
    yield* waitLoad(c, at[1]!, -1, 1);
    yield* store(c, at[0]!, 0);
  };
  m.programs = [[turns(true)], [answers]];
  expect(explore(m).violations).toEqual(['check']);
  m.programs = [[turns(false)], [answers]];
  expect(explore(m).violations).toEqual([]);
});
