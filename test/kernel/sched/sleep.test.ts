// SPDX-License-Identifier: GPL-2.0-only
/** Going to sleep and being woken: no wake-up is lost, neither by the sleeper nor by the idle CPU. */
import { describe, expect, test } from 'vitest';
import { cli } from '../../../cpu/interrupts.ts';
import { load, peek, poke, rmw, store } from '../../../cpu/ops.ts';
import { ADD } from '../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { preempt_disable } from '../../../src/kernel/include/linux/preempt.ts';
import {
  __set_current_state,
  get_current,
  set_current_state,
  TASK_RUNNING,
  TASK_UNINTERRUPTIBLE,
  task_struct,
} from '../../../src/kernel/include/linux/sched.ts';
import { spin_lock } from '../../../src/kernel/kernel/locking/spinlock.ts';
import { rcu_read_lock } from '../../../src/kernel/kernel/rcu/update.ts';
import { safe_halt } from '../../../src/kernel/kernel/sched/idle.ts';
import { cond_resched, might_sleep } from '../../../src/kernel/kernel/sched/might_sleep.ts';
import { schedule } from '../../../src/kernel/kernel/sched/schedule.ts';
import { try_to_wake_up } from '../../../src/kernel/kernel/sched/try_to_wake_up.ts';
import { at } from '../../../src/kernel/struct.ts';
import { type Bench, benchOfTasks, exploreBench, type Program } from '../support.ts';

type Sleep = (c: Vcpu, x: Ptr) => Code;

function* sleeps(c: Vcpu, x: Ptr): Code {
  for (;;) {
    yield* set_current_state(c, TASK_UNINTERRUPTIBLE);
    if ((yield* load(c, x)) !== 0) break;
    yield* schedule(c);
  }
  yield* __set_current_state(c, TASK_RUNNING);
}

function* checksFirst(c: Vcpu, x: Ptr): Code {
  while ((yield* load(c, x)) === 0) {
    yield* set_current_state(c, TASK_UNINTERRUPTIBLE);
    yield* schedule(c);
  }
}

/** The state is stored, but may still be in the buffer when x is read. */
function* withoutBarrier(c: Vcpu, x: Ptr): Code {
  for (;;) {
    yield* store(c, at(get_current(c), task_struct.__state), TASK_UNINTERRUPTIBLE);
    if ((yield* load(c, x)) !== 0) break;
    yield* schedule(c);
  }
  yield* __set_current_state(c, TASK_RUNNING);
}

function tasksOf(b: Bench): Ptr[] {
  return b.k.objects.filter((o) => o.layout === task_struct).map((o) => o.at);
}

/** CPU0 sleeps until x is set, then reads y; CPU1 writes y, sets x and wakes. */
function wakeable(interrupts: boolean, sleep: Sleep): Bench {
  let sleeper = 0 as Ptr;
  const b = benchOfTasks({ interrupts }, (bench) => [
    [(c) => sleepsAndReads(c, bench, sleep)],
    [
      function* (c) {
        poke(c, bench.y, 1);
        yield* store(c, bench.x, 1);
        yield* try_to_wake_up(c, sleeper);
      },
    ],
  ]);
  sleeper = tasksOf(b)[0]!;
  return b;
}

function* sleepsAndReads(c: Vcpu, b: Bench, sleep: Sleep): Code {
  yield* sleep(c, b.x);
  yield* store(c, b.z, peek(c, b.y) + 1);
}

describe.each([
  ['polls', false, 7],
  ['halts', true, 11],
])('an idle CPU that %s', (_, interrupts, most) => {
  test('every order ends with the sleeper awake, which sees what came before the wake-up', () => {
    const { states, summaries, stats } = exploreBench(wakeable(interrupts, sleeps));
    expect(summaries).toEqual([]);
    expect(states).toEqual(['1 1 2']);
    expect(stats).toMatchObject({ blocked: 0, redundant: 0 });
    expect(stats.executions).toBeLessThanOrEqual(most);
  });

  test.each<[string, Sleep]>([
    ['after the check', checksFirst],
    ['without a barrier', withoutBarrier],
  ])('a state that is set %s loses the wake-up', (_name, sleep) => {
    expect(exploreBench(wakeable(interrupts, sleep)).violations).toEqual(['deadlock']);
  });
});

test('STI and HLT in two steps lose the wake-up that falls between them', () => {
  expect(exploreBench(wakeable(true, sleeps), safe_halt)).toMatchObject({
    violations: ['deadlock'],
    summaries: ['nothing can go on: CPU0 waits in HLT'],
  });
});

test('a CPU whose task is never woken is a deadlock, one whose tasks have ended is not', () => {
  const never = benchOfTasks({ cpus: 1, interrupts: true }, (b) => [[(c) => sleeps(c, b.x)]]);
  expect(exploreBench(never).summaries).toEqual(['nothing can go on: CPU0 waits in HLT']);
  const ends = benchOfTasks({ cpus: 2, interrupts: true }, () => [[function* () {}], []]);
  expect(exploreBench(ends)).toMatchObject({ violations: [], stats: { executions: 1, blocked: 0 } });
});

describe('two tasks of one CPU', () => {
  test('run one at a time: what only they touch needs no lock, and costs one execution', () => {
    const adds = (b: Bench): Program =>
      function* (c) {
        const before = peek(c, b.x);
        yield* rmw(c, b.y, ADD, 1);
        poke(c, b.x, before + 1);
      };
    const b = benchOfTasks({ cpus: 1 }, (bench) => [[adds(bench), adds(bench)]]);
    expect(exploreBench(b)).toMatchObject({ states: ['2 2 0'], summaries: [], stats: { executions: 1 } });
  });

  test('one sleeps, the other wakes it and goes on until it gives way', () => {
    let first = 0 as Ptr;
    const b = benchOfTasks({ cpus: 1 }, (bench) => [
      [
        function* (c) {
          yield* sleeps(c, bench.x);
          yield* store(c, bench.z, 1 + (yield* load(c, bench.y)));
        },
        function* (c) {
          yield* store(c, bench.x, 1);
          yield* try_to_wake_up(c, first);
          yield* store(c, bench.y, 1);
          yield* cond_resched(c);
          yield* store(c, bench.y, 2);
        },
      ],
    ]);
    first = tasksOf(b)[0]!;
    expect(exploreBench(b)).toMatchObject({ states: ['1 2 2'], summaries: [], stats: { executions: 1 } });
  });
});

describe('in atomic context', () => {
  const only = (callbacks: number, program: Program): string[] =>
    exploreBench(benchOfTasks({ cpus: 1, callbacks }, () => [[program]])).summaries;
  const scheduling = (begin: (c: Vcpu) => Code): Program =>
    function* (c) {
      yield* begin(c);
      yield* schedule(c);
    };

  test('schedule() is a report', () => {
    const lock = (c: Vcpu): Code => spin_lock(c, (c.m.irqBase + 1) as Ptr);
    expect(only(0, scheduling(lock))).toEqual(['BUG: scheduling while atomic: task0.0/100/0x00000001']);
    expect(only(0, scheduling(cli))).toEqual(['BUG: scheduling while atomic: task0.0/100, with interrupts off']);
    expect(only(1, scheduling(rcu_read_lock))).toEqual(['Voluntary context switch within RCU read-side critical section: task0.0/100']);
  });

  test('might_sleep() is, even where nothing would have slept', () => {
    const sleeping = (begin: (c: Vcpu) => Code): Program =>
      function* (c) {
        yield* begin(c);
        might_sleep(c);
      };
    const off = function* (c: Vcpu): Code {
      preempt_disable(c);
    };
    const bug = 'BUG: sleeping function called from invalid context: CPU0, ';
    expect(only(0, sleeping(off))).toEqual([`${bug}in_atomic(): 1, irqs_disabled(): 0, RCU nest depth: 0`]);
    expect(only(0, sleeping(cli))).toEqual([`${bug}in_atomic(): 0, irqs_disabled(): 1, RCU nest depth: 0`]);
    expect(only(1, sleeping(rcu_read_lock))).toEqual([`${bug}in_atomic(): 0, irqs_disabled(): 0, RCU nest depth: 1`]);
    expect(
      only(
        0,
        sleeping(function* () {}),
      ),
    ).toEqual([]);
  });

  test('a task may not end there', () => {
    expect(only(0, (c) => spin_lock(c, (c.m.irqBase + 1) as Ptr))[0]).toContain('still has locks held');
    expect(only(1, rcu_read_lock)).toEqual(['WARNING: CPU0 ends in an RCU read-side critical section']);
  });
});
