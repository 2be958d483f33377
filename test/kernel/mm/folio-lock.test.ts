// SPDX-License-Identifier: GPL-2.0-only
/**
 * The lock of a folio, explored: exclusion, and that no wake-up is lost where tasks sleep. Time budget: 5 s.
 */
import { expect, test } from 'vitest';
import { peek, poke } from '../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { page } from '../../../src/kernel/include/linux/mm_types.ts';
import { newObject } from '../../../src/kernel/kernel.ts';
import { folio_lock, folio_trylock, folio_unlock } from '../../../src/kernel/mm/filemap/folio_lock.ts';
import { pagecache_init } from '../../../src/kernel/mm/filemap/folio_wait.ts';
import { type Bench, bench, benchOfTasks, exploreBench, type Program, run } from '../support.ts';

const folios = new WeakMap<Bench, Ptr>();

const setup = (b: Bench): void => {
  pagecache_init(b.k);
  folios.set(b, newObject(b.k, page, 'folio'));
};

/** Adds one to a plain word under the lock: the race detector and the sum tell. */
const adds = (b: Bench): Program =>
  function* (c: Vcpu): Code {
    const folio = folios.get(b)!;
    yield* folio_lock(c, folio);
    poke(c, b.x, peek(c, b.x) + 1);
    yield* folio_unlock(c, folio);
  };

const tries = (b: Bench): Program =>
  function* (c: Vcpu): Code {
    const folio = folios.get(b)!;
    if (!(yield* folio_trylock(c, folio))) return;
    poke(c, b.y, peek(c, b.y) + 1);
    yield* folio_unlock(c, folio);
  };

test('CPUs that wait in place exclude each other', () => {
  const b = bench({ cpus: 3, setup });
  const found = run(b, adds(b), adds(b), tries(b));
  expect(found.violations).toEqual([]);
  expect([...found.states].sort()).toEqual(['2 0 0', '2 1 0']);
});

test('tasks that sleep are woken', () => {
  const b = benchOfTasks({ cpus: 2, interrupts: true, setup }, (of) => [[adds(of), adds(of)], [adds(of)]]);
  const found = exploreBench(b);
  expect(found.violations).toEqual([]);
  expect([...found.states]).toEqual(['3 0 0']);
});
