// SPDX-License-Identifier: GPL-2.0-only
/** The lock validator: orders of classes, locks held, handlers that wait; and that a replay finds the same. */
import { describe, expect, test } from 'vitest';
import { sendIpi } from '../../../cpu/interrupts.ts';
import { load, store } from '../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { Defect } from '../../../cpu/violation.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { runDirect } from '../../../src/engines/direct.ts';
import {
  debug_check_no_locks_held,
  lock_class,
  lockdep_assert_held,
  lockdep_set_class,
} from '../../../src/kernel/kernel/locking/lockdep/lockdep.ts';
import { down_read, up_read } from '../../../src/kernel/kernel/locking/rwsem.ts';
import { spin_lock, spin_lock_nested, spin_trylock, spin_unlock } from '../../../src/kernel/kernel/locking/spinlock.ts';
import { bench, run } from '../support.ts';

function* nested(c: Vcpu, outer: Ptr, inner: Ptr): Code {
  yield* spin_lock(c, outer);
  yield* spin_lock(c, inner);
  yield* spin_unlock(c, inner);
  yield* spin_unlock(c, outer);
}

describe('the order of lock classes', () => {
  test('taken in two orders: the deadlock is found, and the inversion where it did not come to that', () => {
    const b = bench();
    const { violations, summaries, stats } = run(
      b,
      (c) => nested(c, b.a, b.b),
      (c) => nested(c, b.b, b.a),
    );
    expect(violations).toEqual(['deadlock', 'locking']);
    expect(summaries).toContain('nothing can go on: CPU0 waits for play.lock_b; CPU1 waits for play.lock_a');
    expect(summaries).toContain(
      'possible circular locking dependency detected: CPU1 takes play.lock_a (play.lock_a) while it holds play.lock_b (play.lock_b), ' +
        'but CPU0 took play.lock_b (play.lock_b) while it held play.lock_a (play.lock_a)',
    );
    expect(stats).toMatchObject({ executions: 2, blocked: 1 });
  });

  test('one order: no report', () => {
    const b = bench();
    expect(
      run(
        b,
        (c) => nested(c, b.a, b.b),
        (c) => nested(c, b.a, b.b),
      ),
    ).toMatchObject({ summaries: [], stats: { executions: 2, blocked: 0 } });
  });

  test('an inversion by one CPU alone, one after the other, needs no deadlock', () => {
    const b = bench({ cpus: 1 });
    const both = function* (c: Vcpu): Code {
      yield* nested(c, b.a, b.b);
      yield* nested(c, b.b, b.a);
    };
    expect(run(b, both).violations).toEqual(['locking']);
  });

  test('a cycle over three classes', () => {
    const b = bench({ cpus: 1 });
    const round = function* (c: Vcpu): Code {
      yield* nested(c, b.a, b.b);
      yield* nested(c, b.b, b.lock_c);
      yield* nested(c, b.lock_c, b.a);
    };
    expect(run(b, round).summaries[0]).toMatch(/but CPU0 took play.lock_b .*, and CPU0 took play.lock_c/);
  });

  test('a trylock waits for nobody: no order behind it, but one before it', () => {
    const b = bench({ cpus: 1 });
    const tries = function* (c: Vcpu): Code {
      yield* nested(c, b.a, b.b);
      yield* spin_lock(c, b.b);
      if (yield* spin_trylock(c, b.a)) yield* spin_unlock(c, b.a);
      yield* spin_unlock(c, b.b);
    };
    expect(run(b, tries).summaries).toEqual([]);
    const inside = function* (c: Vcpu): Code {
      yield* nested(c, b.a, b.b);
      if (!(yield* spin_trylock(c, b.b))) return;
      yield* spin_lock(c, b.a);
    };
    expect(run(b, inside).violations).toEqual(['locking']);
  });

  test('spinlock and rwsem are in one graph', () => {
    const b = bench({ cpus: 1 });
    const program = function* (c: Vcpu): Code {
      yield* down_read(c, b.sem);
      yield* down_read(c, b.sem2);
      yield* up_read(c, b.sem2);
      yield* up_read(c, b.sem);
      yield* down_read(c, b.sem2);
      yield* down_read(c, b.sem);
    };
    expect(run(b, program).summaries[0]).toContain('possible circular locking dependency detected: CPU0 takes play.sem');
  });

  test('two locks of one class need a subclass', () => {
    const b = bench({ cpus: 1 });
    lockdep_set_class(b.k, b.a, 'ptl');
    lockdep_set_class(b.k, b.b, 'ptl');
    expect(run(b, (c) => nested(c, b.a, b.b)).summaries[0]).toContain('possible recursive locking detected');
    const withSubclass = function* (c: Vcpu): Code {
      yield* spin_lock(c, b.a);
      yield* spin_lock_nested(c, b.b, 1);
      yield* spin_unlock(c, b.b);
      yield* spin_unlock(c, b.a);
    };
    expect(run(b, withSubclass).summaries).toEqual([]);
  });

  test('the report does not depend on the executions before it', () => {
    const b = bench();
    const first = function* (c: Vcpu): Code {
      if ((yield* load(c, b.x)) === 0) yield* nested(c, b.a, b.b);
      else yield* nested(c, b.b, b.a);
    };
    const sets = function* (c: Vcpu): Code {
      yield* store(c, b.x, 1);
    };
    expect(run(b, first, sets)).toMatchObject({ summaries: [], stats: { executions: 2 } });
  });
});

test('a class is where the lock lies', () => {
  const b = bench();
  expect(lock_class(b.k, b.k.percpu[0]!)).toBe('percpu.preempt_count');
  expect(lock_class(b.k, b.k.percpu[0]!)).toBe(lock_class(b.k, b.k.percpu[1]!));
});

describe('locks held', () => {
  test.each<[string, (c: Vcpu, a: Ptr) => Code, string]>([
    ['released twice', (c, a) => twice(c, a), 'WARNING: bad unlock balance detected: CPU0 releases play.lock_a, which it does not hold'],
    ['held at the end', (c, a) => leaves(c, a), 'BUG: CPU0 still has locks held: play.lock_a'],
    ['not held where it must be', (c, a) => asserts(c, a), 'WARNING: CPU0 should hold play.lock_a'],
  ])('%s', (_, program, summary) => {
    const b = bench({ cpus: 1 });
    expect(run(b, (c) => program(c, b.a)).summaries).toEqual([summary]);
  });
});

function* twice(c: Vcpu, a: Ptr): Code {
  yield* spin_lock(c, a);
  yield* spin_unlock(c, a);
  yield* spin_unlock(c, a);
}

function* leaves(c: Vcpu, a: Ptr): Code {
  yield* spin_lock(c, a);
  debug_check_no_locks_held(c);
}

function* asserts(c: Vcpu, a: Ptr): Code {
  yield* spin_lock(c, a);
  lockdep_assert_held(c, a);
  yield* spin_unlock(c, a);
  lockdep_assert_held(c, a);
}

describe('a handler', () => {
  const withHandler = (handler: (c: Vcpu, a: Ptr) => Code): ReturnType<typeof run> => {
    const b = bench({ interrupts: true });
    b.m.handler = (c) => handler(c, b.a);
    const locks = function* (c: Vcpu): Code {
      yield* spin_lock(c, b.a);
      yield* spin_unlock(c, b.a);
    };
    return run(b, locks, (c) => sendIpi(c, 0, 1));
  };

  test('that waits for a lock is a report', () => {
    const { violations, summaries } = withHandler(twice);
    expect(violations).toEqual(['locking']);
    expect(summaries).toEqual(['inconsistent lock state: the interrupt handler of CPU0 may wait for play.lock_a']);
  });

  test('may try one', () => {
    const tries = function* (c: Vcpu, a: Ptr): Code {
      if (yield* spin_trylock(c, a)) yield* spin_unlock(c, a);
    };
    expect(withHandler(tries).summaries).toEqual([]);
  });
});

test('where one order runs, who would wait for ever is told, and who holds what', () => {
  const { m, a, b } = bench();
  m.startDirect();
  runDirect(m, 1, (c) => nested(c, a, b));
  const takes = function* (c: Vcpu): Code {
    yield* spin_lock(c, b);
    yield* spin_lock(c, a);
  };
  runDirect(m, 1, takes);
  expect(() => runDirect(m, 0, (c) => spin_lock(c, a))).toThrow(
    new Defect('would block: CPU0 at play.lock_a; CPU1 holds play.lock_b, play.lock_a'),
  );
});
