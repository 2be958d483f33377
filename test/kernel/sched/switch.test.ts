// SPDX-License-Identifier: GPL-2.0-only
/** Which page tables a CPU has loaded as its tasks come and go: lazy when idle or in a kernel thread, switched for another mm. */
import { describe, expect, test } from 'vitest';
import { load, store } from '../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../mmu/types.ts';
import { mm_struct } from '../../../src/kernel/include/linux/mm_types.ts';
import { percpu } from '../../../src/kernel/include/linux/percpu.ts';
import { __set_current_state, set_current_state, TASK_RUNNING, TASK_UNINTERRUPTIBLE } from '../../../src/kernel/include/linux/sched.ts';
import { runTasks, type TaskSpec } from '../../../src/kernel/kernel/sched/run_tasks.ts';
import { schedule } from '../../../src/kernel/kernel/sched/schedule.ts';
import { try_to_wake_up } from '../../../src/kernel/kernel/sched/try_to_wake_up.ts';
import { newObject } from '../../../src/kernel/kernel.ts';
import { at } from '../../../src/kernel/struct.ts';
import { explore } from '../../support/explore.ts';
import { type Bench, bench } from '../support.ts';

function* sleepUntil(c: Vcpu, x: Ptr): Code {
  for (;;) {
    yield* set_current_state(c, TASK_UNINTERRUPTIBLE);
    if ((yield* load(c, x)) !== 0) break;
    yield* schedule(c);
  }
  yield* __set_current_state(c, TASK_RUNNING);
}

/** CPU0 runs the tasks; CPU1 runs `other`. The final state of CPU0: loaded mm, lazy or not, bits of the masks, loads of CR3. */
function final(tasks: (b: Bench, mm: Ptr[]) => TaskSpec[], other: (b: Bench, first: () => Ptr) => (c: Vcpu) => Code): string[] {
  const mm: Ptr[] = [];
  let first = NULL;
  const b = bench({
    setup: (x) => {
      mm.push(newObject(x.k, mm_struct, 'A.mm'), newObject(x.k, mm_struct, 'B.mm'));
      first = runTasks(x.k, 0, tasks(x, mm))[0]!;
      runTasks(x.k, 1, [{ comm: 'other', mm: NULL, run: other(x, () => first) }]);
    },
  });
  const { states, summaries } = explore(b.m, () => {
    const cpu = b.k.percpu[0]!;
    const loaded = ['A', 'B'][mm.indexOf(b.read(at(cpu, percpu.loaded_mm)) as Ptr)] ?? 'init_mm';
    const lazy = b.read(at(cpu, percpu.is_lazy)) === 1 ? ', lazy' : '';
    const masks = mm.map((p) => b.read(at(p, mm_struct.cpu_bitmap))).join('');
    return `${loaded}${lazy}, masks ${masks}, ${b.m.counters.cr3Writes} loads of CR3`;
  });
  expect(summaries).toEqual([]);
  return states;
}

const nothing = () => function* (): Code {};

describe('CPU0', () => {
  test('keeps the tables of a task that has ended, lazily, and stays in its mask', () => {
    expect(final((_, [A]) => [{ comm: 'a', mm: A!, run: function* () {} }], nothing)).toEqual(['A, lazy, masks 10, 0 loads of CR3']);
  });

  test('ends its laziness without a load of CR3 if nothing was flushed while the task slept', () => {
    const sleeper = (b: Bench, [A]: Ptr[]): TaskSpec[] => [
      {
        comm: 'a',
        mm: A!,
        run: function* (c) {
          yield* sleepUntil(c, b.x);
          yield* store(c, b.y, 1 + (yield* load(c, at(b.k.percpu[0]!, percpu.is_lazy))));
        },
      },
    ];
    const states = final(
      sleeper,
      (b, first) =>
        function* (c) {
          yield* store(c, b.x, 1);
          yield* try_to_wake_up(c, first());
        },
    );
    expect(states).toEqual(['A, lazy, masks 10, 0 loads of CR3']);
  });

  test('loads the tables of the next task, and leaves the mask of the last one', () => {
    const two = (_: Bench, [A, B]: Ptr[]): TaskSpec[] => [
      { comm: 'a', mm: A!, run: function* () {} },
      { comm: 'b', mm: B!, run: function* () {} },
    ];
    expect(final(two, nothing)).toEqual(['B, lazy, masks 01, 1 loads of CR3']);
  });

  test('runs a kernel thread on the tables that are there', () => {
    const thread = (b: Bench, [A]: Ptr[]): TaskSpec[] => [
      { comm: 'a', mm: A!, run: (c) => sleepUntil(c, b.x) },
      {
        comm: 'kthread',
        mm: NULL,
        run: function* (c) {
          yield* store(c, b.z, yield* load(c, at(b.k.percpu[0]!, percpu.is_lazy)));
        },
      },
    ];
    const states = final(
      thread,
      (b, first) =>
        function* (c) {
          yield* store(c, b.x, 1);
          yield* try_to_wake_up(c, first());
        },
    );
    expect(states).toEqual(['A, lazy, masks 10, 0 loads of CR3']);
  });
});
