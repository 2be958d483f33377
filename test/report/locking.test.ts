// SPDX-License-Identifier: GPL-2.0-only
/**
 * Trouble with locks in lockdep's shape: the headline that people look for, and the call chains of both sides.
 * Time budget: 5 s.
 */
import { describe, expect, test } from 'vitest';
import { load, store } from '../../cpu/ops.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import { checkCell } from '../../src/check/check.ts';
import { reportOf } from '../../src/check/report.ts';
import { preempt_disable, preempt_enable } from '../../src/kernel/include/linux/preempt.ts';
import { lockdep_set_class } from '../../src/kernel/kernel/locking/lockdep/lockdep.ts';
import { down_read } from '../../src/kernel/kernel/locking/rwsem.ts';
import { spin_lock, spin_unlock } from '../../src/kernel/kernel/locking/spinlock.ts';
import { schedule_debug } from '../../src/kernel/kernel/sched/schedule.ts';
import { SCF_WAIT, smp_call_function_many_cond } from '../../src/kernel/kernel/smp/smp_call_function.ts';
import { kernelOf } from '../../src/kernel/kernel.ts';
import { registerFunction } from '../../src/kernel/registry.ts';
import { cellOf, type Play, report } from './support.ts';

function* outer_first(c: Vcpu, outer: Ptr, inner: Ptr): Code {
  yield* spin_lock(c, outer);
  yield* inner_next(c, inner);
  yield* spin_unlock(c, outer);
}
function* inner_next(c: Vcpu, inner: Ptr): Code {
  yield* spin_lock(c, inner);
  yield* spin_unlock(c, inner);
}

describe('a circular dependency', () => {
  /** One after the other, so that nobody is stuck. */
  const first = function* first(c: Vcpu, w: Play): Code {
    yield* outer_first(c, w.a, w.b);
    yield* store(c, w.z, 1);
  };
  const second = function* second(c: Vcpu, w: Play): Code {
    if ((yield* load(c, w.z)) === 1) yield* outer_first(c, w.b, w.a);
  };
  const r = report(first, second);

  test('has both call chains, and the scenario', () => {
    expect(r.kind).toBe('locking');
    expect(r.locks).toBe(`WARNING: possible circular locking dependency detected
------------------------------------------------------
task1 (CPU1) is trying to acquire lock:
 play.a (play.a), at: inner_next()

but task is already holding lock:
 play.b (play.b), at: outer_first()

which lock already depends on the new lock.

the existing dependency chain (in reverse order) is:

-> #1 (play.b), taken by task0 (CPU0):
       spin_lock
       inner_next
       outer_first
       first
   while it held (play.a):
       spin_lock
       outer_first
       first

-> #0 (play.a), taken by task1 (CPU1):
       spin_lock
       inner_next
       outer_first
       second
   while it held (play.b):
       spin_lock
       outer_first
       second

 Possible unsafe locking scenario:

       CPU0                    CPU1
       ----                    ----
  lock(play.b);
                               lock(play.a);
                               lock(play.b);
  lock(play.a);

 *** DEADLOCK ***

1 lock held by task1 (CPU1):
 #0: play.b (play.b), at: outer_first()`);
    expect(r.text).toContain(r.locks!);
  });

  test('that comes to a deadlock tells who holds what, and who waits for it', () => {
    const cell = cellOf([(c, w) => outer_first(c, w.a, w.b), (c, w) => outer_first(c, w.b, w.a)]);
    const x = checkCell(cell, {}).counterexample!;
    const deadlock = reportOf(cell, x.start, x.picks);
    expect(deadlock.kind).toBe('deadlock');
    for (const [me, other, mine, theirs] of [
      [0, 1, 'a', 'b'],
      [1, 0, 'b', 'a'],
    ] as const) {
      expect(deadlock.locks).toContain(`INFO: task task${me} (CPU${me}) blocked for ever, waiting for play.${theirs}:
       spin_lock
       inner_next
       outer_first
which is held by task${other} (CPU${other}), taken at:
       spin_lock
       outer_first
`);
      expect(deadlock.locks).toContain(`1 lock held by task${me} (CPU${me}):\n #0: play.${mine} (play.${mine}), at: outer_first()`);
    }
    expect(deadlock.locks).toContain('Showing all locks held in the system:');
  });
});

test('two locks of one class', () => {
  const twice = function* twice(c: Vcpu, w: Play): Code {
    yield* outer_first(c, w.a, w.b);
  };
  const r = report((c, w) => {
    for (const lock of [w.a, w.b]) lockdep_set_class(kernelOf(c), lock, 'ptl');
    return twice(c, w);
  });
  expect(r.locks).toMatch(/^WARNING: possible recursive locking detected\n/);
  expect(r.locks).toContain('\n May be due to missing lock nesting notation\n');
  expect(r.locks).toContain('taken at:\n       spin_lock\n       inner_next\n       outer_first\n       twice\nwhile held since:\n');
});

const takesInHandler = registerFunction('takes_in_handler', function* takes_in_handler(c: Vcpu, lock: number): Code {
  yield* inner_next(c, lock as Ptr);
});

test('a handler that waits for a lock which was taken with interrupts on', () => {
  const takes = function* takes(c: Vcpu, w: Play): Code {
    yield* inner_next(c, w.a);
    yield* store(c, w.z, 1);
  };
  const calls = function* calls(c: Vcpu, w: Play): Code {
    if ((yield* load(c, w.z)) === 0) return;
    preempt_disable(c);
    yield* smp_call_function_many_cond(c, [1], takesInHandler, w.a, SCF_WAIT, 0);
    preempt_enable(c);
  };
  const r = report(takes, calls);
  expect(r.summary).toBe('inconsistent lock state: the interrupt handler of CPU0 may wait for play.a');
  expect(r.locks).toContain(`WARNING: inconsistent lock state
--------------------------------
inconsistent {HARDIRQ-ON-W} -> {IN-HARDIRQ-W} usage.
the interrupt handler of CPU0 takes:
 play.a (play.a), at: inner_next()
{HARDIRQ-ON-W} state was registered by task0 (CPU0) at:
       spin_lock
       inner_next
       takes
`);
  expect(r.locks).toContain('\n  lock(play.a);\n  <Interrupt>\n    lock(play.a);\n\n *** DEADLOCK ***\n');
  expect(r.locks).toMatch(/stack backtrace:\n {7}spin_lock\n {7}inner_next\n {7}takes_in_handler\n/);
});

test('who schedules under a lock', () => {
  const r = report(function* atomic(c, w) {
    yield* spin_lock(c, w.a);
    schedule_debug(c);
  });
  expect(r.locks).toMatch(
    /^BUG: scheduling while atomic: .*\/0x00000001\n1 lock held by task0 \(CPU0\):\n #0: play.a \(play.a\), at: atomic\(\)\n/,
  );
  expect(r.locks).toMatch(/stack backtrace:\n {7}schedule_debug\n {7}atomic$/);
});

test('what sleeps under a lock', () => {
  const r = report(function* sleeps(c, w) {
    yield* spin_lock(c, w.a);
    yield* down_read(c, w.sem);
  });
  expect(r.locks).toBe(`BUG: sleeping function called from invalid context: CPU0, in_atomic(): 1, irqs_disabled(): 0, RCU nest depth: 0
1 lock held by task0 (CPU0):
 #0: play.a (play.a), at: sleeps()

stack backtrace:
       down_read
       sleeps`);
});
