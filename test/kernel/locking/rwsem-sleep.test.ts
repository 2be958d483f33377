// SPDX-License-Identifier: GPL-2.0-only
/** Semaphores whose waiters sleep: nobody is forgotten, in any order, and a state that is set too late loses a wake-up. */
import { describe, expect, test } from 'vitest';
import { peek, poke, store } from '../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { state_first } from '../../../src/kernel/kernel/locking/rwsem/slowpath.ts';
import { down_read, down_read_trylock, down_write, up_read, up_write, wake_anyway } from '../../../src/kernel/kernel/locking/rwsem.ts';
import { spin_lock } from '../../../src/kernel/kernel/locking/spinlock.ts';
import { special_state } from '../../../src/kernel/kernel/sched/do_exit.ts';
import { type Bench, benchOfTasks, exploreBench, type Program } from '../support.ts';

const writer =
  (b: Bench): Program =>
  (c) =>
    writes(c, b);
const reader =
  (b: Bench): Program =>
  (c) =>
    reads(c, b);

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

/** One task for each letter, each on a CPU of its own. */
function each(kinds: string, interrupts: boolean): Bench {
  return benchOfTasks({ cpus: kinds.length, interrupts }, (b) => [...kinds].map((k) => [k === 'w' ? writer(b) : reader(b)]));
}

describe.each([
  ['polling', false],
  ['in HLT', true],
])('idle CPUs %s', (_, interrupts) => {
  test.each(['ww', 'rw', 'wr', 'rr'])('%s: exclusion, and nobody sleeps for ever', (kinds) => {
    const b = each(kinds, interrupts);
    const { states, summaries, stats } = exploreBench(b);
    expect(summaries).toEqual([]);
    expect(states).toEqual([`${kinds.split('w').length - 1} 0 0`]);
    expect(stats).toMatchObject({ blocked: 0, redundant: 0 });
  });

  test.each(['ww', 'rw'])('%s: a state set after the check loses a wake-up', (kinds) => {
    const { violations, summaries } = exploreBench(each(kinds, interrupts), state_first);
    expect(violations).toEqual(['deadlock']);
    expect(summaries[0]).toMatch(
      interrupts ? /^nothing can go on: CPU\d waits in HLT$/ : /^nothing can go on: CPU\d waits for cpu\d.need_resched$/,
    );
  });
});

test.each(['wrr'])('%s: three tasks, a queue of two', (kinds) => {
  const { states, summaries, stats } = exploreBench(each(kinds, false));
  expect(summaries).toEqual([]);
  expect(states).toEqual([`${kinds.split('w').length - 1} 0 0`]);
  expect(stats).toMatchObject({ blocked: 0, redundant: 0 });
});

test('wrr: an up_write() that believes in a reader which only looked in leaves the queue asleep', () => {
  expect(exploreBench(each('wrr', false), wake_anyway).violations).toEqual(['deadlock']);
});

test('TASK_DEAD, set without the lock that a wake-up holds, is overwritten by a late TASK_RUNNING', () => {
  expect(exploreBench(each('wr', false)).summaries).toEqual([]);
  expect(exploreBench(each('wr', false), special_state).summaries).toEqual(['task1.0 goes on after its end']);
});

test('a writer in the queue stops new readers', () => {
  const b = benchOfTasks({ cpus: 2 }, (bench) => [[(c) => readsTwice(c, bench)], [writer(bench)]]);
  expect(exploreBench(b).states).toEqual(['1 0 0', '1 1 0']);
});

function* readsTwice(c: Vcpu, b: Bench): Code {
  yield* down_read(c, b.sem);
  if (yield* down_read_trylock(c, b.sem)) yield* up_read(c, b.sem);
  else yield* store(c, b.y, 1);
  yield* up_read(c, b.sem);
}

describe('not in atomic context:', () => {
  const under = (begin: Program): string[] =>
    exploreBench(
      benchOfTasks({ cpus: 1 }, (b) => [
        [
          function* (c) {
            yield* begin(c);
            yield* down_read(c, b.sem);
          },
        ],
      ]),
    ).summaries;

  test('down_read under a spinlock', () => {
    const lock = (c: Vcpu): Code => spin_lock(c, (c.m.irqBase + 1) as never);
    expect(under(lock)).toEqual([
      'BUG: sleeping function called from invalid context: CPU0, in_atomic(): 1, irqs_disabled(): 0, RCU nest depth: 0',
    ]);
  });
});
