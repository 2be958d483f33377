// SPDX-License-Identifier: GPL-2.0-only
/** Three tasks that sleep for one semaphore, in full. */
import { expect, test } from 'vitest';
import { peek, poke } from '../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { down_read, down_write, up_read, up_write } from '../../../src/kernel/kernel/locking/rwsem.ts';
import { type Bench, benchOfTasks, exploreBench, type Program } from '../support.ts';

const task = (b: Bench, kind: string): Program =>
  function* (c: Vcpu): Code {
    if (kind === 'w') {
      yield* down_write(c, b.sem);
      poke(c, b.x, peek(c, b.x) + 1);
      yield* up_write(c, b.sem);
    } else {
      yield* down_read(c, b.sem);
      peek(c, b.x);
      yield* up_read(c, b.sem);
    }
  };

test.each<[string, boolean, number]>([
  ['rwr', false, 2106],
  ['rww', false, 2402],
  ['www', false, 3450],
  ['wrr', true, 5422],
  ['rww', true, 8614],
])('%s, with interrupts: %s: at most %i classes', (kinds, interrupts, most) => {
  const b = benchOfTasks({ cpus: 3, interrupts }, (bench) => [...kinds].map((kind) => [task(bench, kind)]));
  const { states, summaries, stats } = exploreBench(b);
  expect(summaries).toEqual([]);
  expect(states).toEqual([`${kinds.split('w').length - 1} 0 0`]);
  expect(stats).toMatchObject({ blocked: 0, redundant: 0 });
  expect(stats.executions).toBeLessThanOrEqual(most);
});
