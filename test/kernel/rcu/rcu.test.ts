// SPDX-License-Identifier: GPL-2.0-only
/** RCU: a callback comes after every section that was open, and after what was stored in it. */
import { describe, expect, test } from 'vitest';
import { fillRange, load, peek, poke, rmw, store } from '../../../cpu/ops.ts';
import { XCHG } from '../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { FREED, KERNEL, POISON, setFrame } from '../../../mmu/frames.ts';
import { writeWord } from '../../../mmu/journal.ts';
import { backFrame, frameOfSlot, slotOfWord } from '../../../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../../../mmu/types.ts';
import { local_irq_restore, local_irq_save } from '../../../src/kernel/include/linux/irqflags.ts';
import { call_rcu, rcu_check_exit, rcu_read_lock, rcu_read_lock_held, rcu_read_unlock } from '../../../src/kernel/kernel/rcu/update.ts';
import { type Bench, bench, run } from '../support.ts';

/** Gives the frame that the word lies in back. */
function* free(cb: Vcpu, p: number): Code {
  yield* fillRange(cb, p as Ptr, POISON);
  setFrame(cb.m.mem, slotOfWord(cb.m.mem, p as Ptr), FREED, 0 as Ptr, 0);
}

/** A frame that x points to. */
function withFrame(): Bench {
  return bench({
    callbacks: 1,
    setup: (b) => {
      const slot = backFrame(b.m.mem, 0x100 as Pfn);
      setFrame(b.m.mem, slot, KERNEL, 0 as Ptr, 0);
      writeWord(b.m.mem, b.x, frameOfSlot(b.m.mem, slot));
    },
  });
}

function* removes(c: Vcpu, b: Bench): Code {
  const frame = yield* rmw(c, b.x, XCHG, 0);
  yield* call_rcu(c, frame as Ptr, free);
}

describe('a reader of what is removed and freed after a grace period', () => {
  const reader = function* (c: Vcpu, b: Bench, section: boolean, twice: boolean): Code {
    if (section) yield* rcu_read_lock(c);
    if (twice) yield* rcu_read_lock(c);
    const frame = (yield* load(c, b.x)) as Ptr;
    if (twice) yield* rcu_read_unlock(c);
    if (frame !== 0) yield* store(c, b.y, 1 + (yield* load(c, frame)));
    if (frame !== 0) poke(c, (frame + 1) as Ptr, 5);
    if (section) yield* rcu_read_unlock(c);
  };

  test('in a section never touches it when it is free', () => {
    const b = withFrame();
    const { summaries, states, stats } = run(
      b,
      (c) => removes(c, b),
      (c) => reader(c, b, true, false),
    );
    expect(summaries).toEqual([]);
    expect(states).toEqual(['0 0 0', '0 1 0']);
    expect(stats).toMatchObject({ blocked: 0, redundant: 0 });
  });

  test('without one touches a freed frame', () => {
    const b = withFrame();
    const { violations, summaries } = run(
      b,
      (c) => removes(c, b),
      (c) => reader(c, b, false, false),
    );
    expect(violations).toContain('freed-frame');
    expect(summaries).toContain('touch of frame 0x000100, which is freed');
  });

  test('with interrupts off needs no section', () => {
    const b = withFrame();
    const fast = function* (c: Vcpu): Code {
      const flags = yield* local_irq_save(c);
      yield* reader(c, b, false, false);
      yield* local_irq_restore(c, flags);
    };
    expect(run(b, (c) => removes(c, b), fast)).toMatchObject({ summaries: [], states: ['0 0 0', '0 1 0'] });
  });

  test('an inner section does not end the outer one', () => {
    const b = withFrame();
    expect(
      run(
        b,
        (c) => removes(c, b),
        (c) => reader(c, b, true, true),
      ).summaries,
    ).toEqual([]);
  });
});

test('what is stored in a section has drained before the callback', () => {
  const b = bench({ callbacks: 1 });
  const late = function* (cb: Vcpu, y: number): Code {
    yield* store(cb, b.z, 1 + (yield* load(cb, y as Ptr)));
  };
  const reader = function* (c: Vcpu): Code {
    yield* rcu_read_lock(c);
    if ((yield* load(c, b.x)) === 0) yield* store(c, b.y, 1);
    yield* rcu_read_unlock(c);
  };
  const remover = function* (c: Vcpu): Code {
    yield* rmw(c, b.x, XCHG, 1);
    yield* call_rcu(c, b.y, late);
  };
  // Read 0, stored 1: the callback sees it. Read 1: nothing was stored.
  expect(run(b, remover, reader)).toMatchObject({ states: ['1 0 1', '1 1 2'], summaries: [] });
});

test('call_rcu orders what came before it, and sections what they did plainly', () => {
  const b = bench({ callbacks: 1 });
  const late = function* (cb: Vcpu, y: number): Code {
    yield* store(cb, b.z, peek(cb, y as Ptr) + peek(cb, b.x));
  };
  const owner = function* (c: Vcpu): Code {
    poke(c, b.x, 3);
    yield* rcu_read_lock(c);
    poke(c, b.y, 4);
    yield* rcu_read_unlock(c);
    yield* call_rcu(c, b.y, late);
  };
  expect(run(b, owner)).toMatchObject({ states: ['3 4 7'], summaries: [] });
});

describe('balance', () => {
  const only = (program: (c: Vcpu) => Code): string[] => run(bench({ cpus: 1, callbacks: 1 }), program).summaries;

  test('an end without a start', () => {
    expect(only(rcu_read_unlock)).toEqual(['WARNING: bad unlock balance detected: rcu_read_unlock() without rcu_read_lock()']);
  });

  test('a start without an end', () => {
    const leaves = function* (c: Vcpu): Code {
      yield* rcu_read_lock(c);
      if (rcu_read_lock_held(c)) rcu_check_exit(c);
    };
    expect(only(leaves)).toEqual(['WARNING: CPU0 ends in an RCU read-side critical section']);
  });
});
