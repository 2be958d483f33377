// SPDX-License-Identifier: GPL-2.0-only
/** Spinlocks: exclusion although the release is an unlocked store, waiting with interrupts on, frames that are no page tables. */
import { describe, expect, test } from 'vitest';
import { sendIpi } from '../../../cpu/interrupts.ts';
import { load, peek, poke, store, waitLoad, waitRmw } from '../../../cpu/ops.ts';
import { XCHG } from '../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { ANON, PMD_TABLE, PTE_TABLE, setFrame } from '../../../mmu/frames.ts';
import { backFrame, pageOfSlot } from '../../../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../../../mmu/types.ts';
import { local_irq_disable } from '../../../src/kernel/include/linux/irqflags.ts';
import { page } from '../../../src/kernel/include/linux/mm_types.ts';
import { spin_is_locked, spin_lock, spin_trylock, spin_unlock } from '../../../src/kernel/kernel/locking/spinlock.ts';
import { type Bench, bench, run } from '../support.ts';

function* add(c: Vcpu, b: Bench): Code {
  yield* spin_lock(c, b.a);
  poke(c, b.x, peek(c, b.x) + 1);
  yield* spin_unlock(c, b.a);
}

describe('mutual exclusion', () => {
  test.each([
    [2, 2],
    [3, 6],
  ])('%i CPUs add plainly to one word: %i orders, no race', (cpus, orders) => {
    const b = bench({ cpus });
    const { stats, states, summaries } = run(b, ...Array.from({ length: cpus }, () => (c: Vcpu) => add(c, b)));
    expect(summaries).toEqual([]);
    expect(states).toEqual([`${cpus} 0 0`]);
    expect(stats).toMatchObject({ executions: orders, blocked: 0, redundant: 0 });
  });

  test('without the lock the additions race, and one is lost', () => {
    const b = bench();
    const bare = function* (c: Vcpu): Code {
      poke(c, b.x, peek(c, b.x) + 1);
      yield* store(c, b.y, 1);
    };
    expect(run(b, bare, bare).violations).toEqual(['data-race']);
  });

  test('what is stored under the lock is there for the next holder, though the release is no locked operation', () => {
    const b = bench();
    const writer = function* (c: Vcpu): Code {
      yield* spin_lock(c, b.a);
      yield* store(c, b.x, 1);
      yield* store(c, b.y, 1);
      yield* spin_unlock(c, b.a);
    };
    const reader = function* (c: Vcpu): Code {
      yield* spin_lock(c, b.a);
      yield* store(c, b.z, 1 + (yield* load(c, b.x)) + (yield* load(c, b.y)));
      yield* spin_unlock(c, b.a);
    };
    expect(run(b, writer, reader)).toMatchObject({ states: ['1 1 1', '1 1 3'], summaries: [] });
  });

  test('an access behind the release races, even while the release is still buffered', () => {
    const b = bench();
    const late = function* (c: Vcpu): Code {
      yield* spin_lock(c, b.a);
      yield* spin_unlock(c, b.a);
      poke(c, b.x, 1);
    };
    expect(run(b, late, (c) => add(c, b)).violations).toEqual(['data-race']);
  });
});

describe('spin_trylock', () => {
  test('takes the lock if it is free, and never waits', () => {
    const b = bench();
    const trier = function* (c: Vcpu): Code {
      if (!(yield* spin_trylock(c, b.a))) return;
      yield* store(c, b.z, peek(c, b.x) + 1);
      yield* spin_unlock(c, b.a);
    };
    const { states, summaries, stats } = run(b, (c) => add(c, b), trier);
    expect(summaries).toEqual([]);
    expect(states).toEqual(['1 0 0', '1 0 1', '1 0 2']);
    expect(stats).toMatchObject({ executions: 3, blocked: 0 });
  });

  test('spin_is_locked sees the holder', () => {
    const b = bench();
    const looks = function* (c: Vcpu): Code {
      yield* store(c, b.z, (yield* spin_is_locked(c, b.a)) ? 1 : 0);
    };
    expect(run(b, (c) => add(c, b), looks).states).toEqual(['1 0 0', '1 0 1']);
  });
});

describe('a waiter', () => {
  /** CPU1 holds the lock and waits until CPU0 has served its interrupt. */
  function shootdown(begin: (c: Vcpu) => Code): ReturnType<typeof run> {
    const b = bench({ interrupts: true });
    b.m.handler = function* (c: Vcpu): Code {
      yield* store(c, b.y, 1);
    };
    const waiter = function* (c: Vcpu): Code {
      yield* begin(c);
      yield* spin_lock(c, b.a);
      yield* spin_unlock(c, b.a);
    };
    const holder = function* (c: Vcpu): Code {
      yield* spin_lock(c, b.a);
      yield* sendIpi(c, 0, 1);
      yield* waitLoad(c, b.y, -1, 1);
      yield* spin_unlock(c, b.a);
    };
    return run(b, waiter, holder);
  }

  test('with interrupts on serves them: no deadlock', () => {
    expect(shootdown(function* () {})).toMatchObject({ summaries: [], states: ['0 1 0'] });
  });

  test('with interrupts off does not: a deadlock that names both', () => {
    const { violations, summaries } = shootdown(local_irq_disable);
    expect(violations).toEqual(['deadlock']);
    expect(summaries).toContain('nothing can go on: CPU0 waits for play.lock_a; CPU1 waits for play.y');
  });
});

describe('the lock in a struct page', () => {
  function taking(kind: number, take: (c: Vcpu, lock: Ptr) => Code): ReturnType<typeof run> {
    let ptl = 0 as Ptr;
    const b = bench({
      cpus: 1,
      setup: ({ m }) => {
        const slot = backFrame(m.mem, 0x123456 as Pfn);
        setFrame(m.mem, slot, kind, 0 as Ptr, 0);
        ptl = (pageOfSlot(m.mem, slot) + page.ptl) as Ptr;
      },
    });
    return run(b, (c) => take(c, ptl));
  }
  const locks = function* (c: Vcpu, lock: Ptr): Code {
    yield* spin_lock(c, lock);
    yield* spin_unlock(c, lock);
  };
  const tries = function* (c: Vcpu, lock: Ptr): Code {
    if (yield* spin_trylock(c, lock)) yield* spin_unlock(c, lock);
  };

  test.each([PTE_TABLE, PMD_TABLE])('may be taken if the frame is a table (kind %i)', (kind) => {
    expect(taking(kind, locks).summaries).toEqual([]);
  });

  test.each([locks, tries])('is a report if it is something else', (take) => {
    expect(taking(ANON, take)).toMatchObject({
      violations: ['wrong-lock'],
      summaries: ['a page-table lock is taken in the struct page of frame 0x123456, which is anonymous page'],
    });
  });
});

test('preemption is off while a lock is held, and on again behind it', () => {
  const b = bench({ cpus: 1 });
  const count = b.k.percpu[0]!;
  const program = function* (c: Vcpu): Code {
    yield* spin_lock(c, b.a);
    yield* spin_lock(c, b.b);
    yield* store(c, b.x, peek(c, count));
    yield* spin_unlock(c, b.b);
    yield* spin_unlock(c, b.a);
    yield* store(c, b.y, peek(c, count));
    yield* waitRmw(c, b.a, -1, 0, XCHG, 1);
    if (!(yield* spin_trylock(c, b.a))) yield* store(c, b.z, peek(c, count) + 1);
  };
  expect(run(b, program).states).toEqual(['2 0 1']);
});
