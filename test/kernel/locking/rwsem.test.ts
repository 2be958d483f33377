// SPDX-License-Identifier: GPL-2.0-only
/** Semaphores with waits that block in place: who excludes whom, what commutes, and the writer that stops new readers. */
import { describe, expect, test } from 'vitest';
import { load, peek, poke, store, update, waitLoad } from '../../../cpu/ops.ts';
import { ADD } from '../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { writeWord } from '../../../mmu/journal.ts';
import {
  down_read,
  down_read_trylock,
  down_write,
  down_write_trylock,
  init_rwsem,
  up_read,
  up_write,
} from '../../../src/kernel/kernel/locking/rwsem.ts';
import { type Bench, bench, run } from '../support.ts';

function* writes(c: Vcpu, b: Bench): Code {
  yield* down_write(c, b.sem);
  poke(c, b.x, peek(c, b.x) + 1);
  yield* up_write(c, b.sem);
}

function* reads(c: Vcpu, b: Bench): Code {
  yield* down_read(c, b.sem);
  peek(c, b.x);
  yield* up_read(c, b.sem);
}

describe('who excludes whom', () => {
  test.each([
    [2, 2],
    [3, 6],
  ])('%i writers: %i orders', (cpus, orders) => {
    const b = bench({ cpus });
    const { stats, states, summaries } = run(b, ...Array.from({ length: cpus }, () => (c: Vcpu) => writes(c, b)));
    expect(summaries).toEqual([]);
    expect(states).toEqual([`${cpus} 0 0`]);
    expect(stats).toMatchObject({ blocked: 0, redundant: 0 });
    expect(stats.executions).toBeGreaterThanOrEqual(orders);
  });

  test('a reader and a writer: two orders, no race', () => {
    const b = bench();
    expect(
      run(
        b,
        (c) => writes(c, b),
        (c) => reads(c, b),
      ),
    ).toMatchObject({ summaries: [], stats: { executions: 2, blocked: 0 } });
  });

  test('readers do not exclude each other: what they write races', () => {
    const b = bench();
    const writesAsReader = function* (c: Vcpu): Code {
      yield* down_read(c, b.sem);
      poke(c, b.x, 1);
      yield* up_read(c, b.sem);
    };
    expect(run(b, writesAsReader, writesAsReader).violations).toEqual(['data-race']);
  });

  test('two readers hold it at once', () => {
    const b = bench();
    const meets = function* (c: Vcpu, mine: typeof b.x, other: typeof b.x): Code {
      yield* down_read(c, b.sem);
      yield* store(c, mine, 1);
      yield* waitLoad(c, other, -1, 1);
      yield* up_read(c, b.sem);
    };
    const { states } = run(
      b,
      (c) => meets(c, b.x, b.y),
      (c) => meets(c, b.y, b.x),
    );
    expect(states).toContain('1 1 0');
  });
});

describe('readers', () => {
  test.each([2, 3, 4])('%i that come and stay: one class, since acquisitions commute', (cpus) => {
    const b = bench({ cpus });
    const { stats } = run(b, ...Array.from({ length: cpus }, () => (c: Vcpu) => down_read(c, b.sem)));
    expect(stats).toMatchObject({ executions: 1, blocked: 0 });
  });

  test.each([2, 3, 4])('%i that only leave: one class, since releases commute', (cpus) => {
    const b = bench({ cpus, setup: ({ m, sem }) => writeWord(m.mem, sem, cpus * 256) });
    const leaves = (c: Vcpu): Code => update(c, b.sem, ADD, -256);
    expect(run(b, ...Array.from({ length: cpus }, () => leaves)).stats).toMatchObject({ executions: 1, blocked: 0 });
  });

  // One acquisition and another's release are still ordered: without that, what two readers write would never be seen to race.
  test.each([
    [2, 3],
    [3, 19],
    [4, 207],
  ])('%i that come and leave: at most %i classes', (cpus, most) => {
    const b = bench({ cpus });
    const { stats, summaries } = run(b, ...Array.from({ length: cpus }, () => (c: Vcpu) => reads(c, b)));
    expect(summaries).toEqual([]);
    expect(stats).toMatchObject({ blocked: 0, redundant: 0 });
    expect(stats.executions).toBeLessThanOrEqual(most);
  });
});

test('a waiting writer stops new readers: a second down_read inside the first can deadlock', () => {
  const b = bench();
  const recursive = function* (c: Vcpu): Code {
    yield* down_read(c, b.sem);
    yield* down_read(c, b.sem);
    yield* up_read(c, b.sem);
    yield* up_read(c, b.sem);
  };
  const { violations, summaries } = run(b, recursive, (c) => writes(c, b));
  expect(violations).toEqual(['deadlock', 'locking']);
  expect(summaries).toContain('nothing can go on: CPU0 waits for play.sem; CPU1 waits for play.sem');
});

describe('trylock', () => {
  test('for reading fails while a writer holds the semaphore or waits for it', () => {
    const b = bench();
    const tries = function* (c: Vcpu): Code {
      const got = yield* down_read_trylock(c, b.sem);
      yield* store(c, b.z, got ? 2 : 1);
      if (got) yield* up_read(c, b.sem);
    };
    expect(run(b, (c) => writes(c, b), tries)).toMatchObject({ states: ['1 0 1', '1 0 2'], summaries: [] });
  });

  test('for reading succeeds beside other readers, whatever their number', () => {
    const b = bench({ cpus: 3 });
    const tries = function* (c: Vcpu): Code {
      yield* store(c, b.z, (yield* down_read_trylock(c, b.sem)) ? 2 : 1);
    };
    expect(
      run(
        b,
        (c) => reads(c, b),
        (c) => reads(c, b),
        tries,
      ).states,
    ).toEqual(['0 0 2']);
  });

  test('for writing fails beside a reader', () => {
    const b = bench();
    const tries = function* (c: Vcpu): Code {
      const got = yield* down_write_trylock(c, b.sem);
      yield* store(c, b.z, got ? 2 : 1);
      if (got) poke(c, b.x, 7);
      if (got) yield* up_write(c, b.sem);
    };
    expect(run(b, (c) => reads(c, b), tries)).toMatchObject({ states: ['0 0 1', '7 0 2'], summaries: [] });
  });
});

test('init_rwsem leaves a semaphore that is free', () => {
  const b = bench({ cpus: 1 });
  const program = function* (c: Vcpu): Code {
    yield* store(c, b.sem, 77);
    init_rwsem(c, b.sem);
    yield* writes(c, b);
    yield* store(c, b.y, yield* load(c, b.sem));
  };
  expect(run(b, program)).toMatchObject({ states: ['1 0 0'], summaries: [] });
});
