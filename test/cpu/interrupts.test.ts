// SPDX-License-Identifier: GPL-2.0-only
/**
 * Interrupts: when one may be taken, what it finds in memory, and what orders its accesses. CPU1 is interrupted, CPU0 sends.
 * Each rule is shown next to the program that does without it.
 * Time budget: 1 s.
 */
import { describe, expect, test } from 'vitest';
import { cli, hlt, sendIpi, sendIpiX2apic, sti, stiHlt } from '../../cpu/interrupts.ts';
import { load, mfence, peek, poke, store, update, waitLoad, waitRmw } from '../../cpu/ops.ts';
import { ADD, XCHG } from '../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import { type Explored, explore, small } from '../support/explore.ts';

type Body = (c: Vcpu, at: Ptr[]) => Code;
const nothing: Body = function* () {};

/** What the handler read, in order, is the state. */
function run(sender: Body, interrupted: Body, handler: (c: Vcpu, at: Ptr[], vector: number) => Code<number> | Code): Explored {
  const { m, at } = small({ cpus: 2, interrupts: true });
  let seen: number[] = [];
  m.onReset = () => {
    seen = [];
  };
  m.programs = [[(c) => sender(c, at)], [(c) => interrupted(c, at)]];
  m.handler = function* (c, vector) {
    const v: unknown = yield* handler(c, at, vector);
    if (typeof v === 'number') seen.push(v);
  };
  return explore(m, () => seen.join(' '));
}

const send: Body = function* (c) {
  yield* sendIpi(c, 1, 0);
};
const readX = function* (c: Vcpu, [x]: Ptr[]): Code<number> {
  return yield* load(c, x!);
};

describe('an interrupt is taken', () => {
  const stores = (masked: boolean): Body =>
    function* (c, [x]) {
      if (masked) yield* cli(c);
      yield* store(c, x!, 1);
      yield* store(c, x!, 2);
      if (masked) yield* sti(c);
    };

  test('anywhere, but not while IF = 0; what was stored before it has reached memory', () => {
    expect(run(send, stores(false), readX).states).toEqual(['0', '1', '2']);
    expect(run(send, stores(true), readX).states).toEqual(['0', '2']);
  });

  test('after STI only with everything that was stored under CLI in memory', () => {
    const self: Body = function* (c, [x]) {
      yield* cli(c);
      yield* store(c, x!, 1);
      yield* sendIpiX2apic(c, 1, 0);
      yield* sti(c);
    };
    expect(run(nothing, self, readX).states).toEqual(['1']);
  });

  test('never, if IF stays 0', () => {
    const ready: Body = function* (c, [x]) {
      yield* cli(c);
      yield* store(c, x!, 1);
    };
    const whenReady: Body = function* (c, [x]) {
      yield* waitLoad(c, x!, -1, 1);
      yield* sendIpi(c, 1, 0);
    };
    expect(run(whenReady, ready, readX).states).toEqual(['']);
  });

  test('by a vCPU that has ended, or waits for ever', () => {
    expect(run(send, nothing, readX).states).toEqual(['0']);
    const waits: Body = function* (c, at) {
      yield* waitLoad(c, at[1]!, -1, 1);
    };
    expect(run(send, waits, readX)).toMatchObject({ states: ['0'], violations: ['deadlock'] });
  });

  test('once, if the same vector becomes pending twice; twice for two vectors, the higher one first', () => {
    const twice = (second: number): Body =>
      function* (c, at) {
        yield* waitLoad(c, at[1]!, -1, 1);
        yield* sendIpi(c, 1, 0);
        yield* sendIpi(c, 1, second);
        yield* store(c, at[0]!, 1);
      };
    const ready: Body = function* (c, at) {
      yield* store(c, at[1]!, 1);
    };
    const later: Body = function* (c, at) {
      yield* cli(c);
      yield* ready(c, at);
      yield* waitLoad(c, at[0]!, -1, 1);
      yield* sti(c);
    };
    const vector = function* (_: Vcpu, __: Ptr[], v: number): Code<number> {
      return v;
    };
    expect(run(twice(0), later, vector).states).toEqual(['0']);
    expect(run(twice(3), later, vector).states).toEqual(['3 0']);
    expect(run(twice(0), ready, vector).states).toEqual(['0', '0 0']);
  });
});

describe('an IPI', () => {
  const publish = (ipi: typeof sendIpi, fenced: boolean): Body =>
    function* (c, [x]) {
      yield* store(c, x!, 1);
      if (fenced) yield* mfence(c);
      yield* ipi(c, 1, 0);
    };

  test('by the xAPIC waits for the stores before it, one by the x2APIC does not', () => {
    expect(run(publish(sendIpi, false), nothing, readX).states).toEqual(['1']);
    expect(run(publish(sendIpiX2apic, false), nothing, readX).states).toEqual(['0', '1']);
    expect(run(publish(sendIpiX2apic, true), nothing, readX).states).toEqual(['1']);
  });
});

describe('HLT', () => {
  const sleeper = (halt: 'atomic' | 'in two steps'): Body =>
    function* (c, [x]) {
      yield* cli(c);
      if ((yield* load(c, x!)) === 1) return;
      if (halt === 'atomic') yield* stiHlt(c);
      else {
        yield* sti(c);
        yield* hlt(c);
      }
    };
  const waker: Body = function* (c, [x]) {
    yield* store(c, x!, 1);
    yield* sendIpi(c, 1, 0);
  };

  test('right behind STI misses no wake-up, later it does', () => {
    expect(run(waker, sleeper('atomic'), nothing).violations).toEqual([]);
    const { violations, summaries } = run(waker, sleeper('in two steps'), nothing);
    expect(violations).toEqual(['deadlock']);
    expect(summaries).toEqual(['nothing can go on: CPU1 waits in HLT']);
  });

  test('with nothing that could end it is a deadlock', () => {
    expect(run(nothing, stiHlt, nothing).violations).toEqual(['deadlock']);
  });
});

describe('a vCPU that waits', () => {
  /** CPU0 holds the lock and wants an answer from CPU1, which waits for the lock. */
  const synchronise: Body = function* (c, [, lock, ack]) {
    yield* waitRmw(c, lock!, -1, 0, XCHG, 1);
    yield* sendIpi(c, 1, 0);
    yield* waitLoad(c, ack!, -1, 1);
    yield* store(c, lock!, 0);
  };
  const locks = (masked: boolean): Body =>
    function* (c, [, lock]) {
      if (masked) yield* cli(c);
      yield* waitRmw(c, lock!, -1, 0, XCHG, 1);
      yield* store(c, lock!, 0);
      if (masked) yield* sti(c);
    };
  const answer: Body = function* (c, [, , ack]) {
    yield* store(c, ack!, 1);
  };

  test('takes interrupts with IF = 1, and is in a deadlock with IF = 0', () => {
    expect(run(synchronise, locks(false), answer).violations).toEqual([]);
    const { violations, summaries } = run(synchronise, locks(true), answer);
    expect(violations).toEqual(['deadlock']);
    expect(summaries).toEqual(['nothing can go on: CPU0 waits for word 2; CPU1 waits for word 1']);
  });

  test('still drains its buffer', () => {
    const waits: Body = function* (c, at) {
      yield* store(c, at[1]!, 1);
      yield* waitLoad(c, at[0]!, -1, 1);
    };
    const answers: Body = function* (c, at) {
      yield* waitLoad(c, at[1]!, -1, 1);
      yield* store(c, at[0]!, 1);
    };
    expect(run(answers, waits, nothing).violations).toEqual([]);
  });
});

const waits: Body = function* (c, at) {
  yield* waitLoad(c, at[0]!, -1, 0);
};

describe('a handler', () => {
  const adds = (masked: boolean): Body =>
    function* (c, at) {
      if (masked) yield* cli(c);
      poke(c, at[3]!, peek(c, at[3]!) + 1);
      if (masked) yield* sti(c);
    };
  const counts: Body = function* (c, at) {
    poke(c, at[3]!, peek(c, at[3]!) + 1);
  };

  test('that touches a plain word of the program that it interrupts is a race, unless IF = 0 there', () => {
    expect(run(send, adds(true), counts).violations).toEqual([]);
    expect(run(send, adds(false), counts).violations).toEqual(['irq-race']);
  });

  const publishes = (ipi: typeof sendIpi, fenced: boolean): Body =>
    function* (c, at) {
      poke(c, at[3]!, 1);
      if (fenced) yield* mfence(c);
      yield* ipi(c, 1, 0);
    };
  const peeks = function* (c: Vcpu, at: Ptr[]): Code<number> {
    return peek(c, at[3]!);
  };

  test('may read plainly what its sender wrote before an ordered send', () => {
    expect(run(publishes(sendIpi, false), nothing, peeks)).toMatchObject({ states: ['1'], violations: [] });
    expect(run(publishes(sendIpiX2apic, true), nothing, peeks)).toMatchObject({ states: ['1'], violations: [] });
    expect(run(publishes(sendIpiX2apic, false), nothing, peeks).violations).toEqual(['data-race']);
  });

  test('may do so for every sender whose interrupt it stands for', () => {
    const { m, at } = small({ cpus: 3, interrupts: true });
    const READY = at[2]!;
    const SENT = at[3]!;
    m.programs = [0, 1].map((me) => [
      function* (c) {
        yield* waitLoad(c, READY, -1, 1);
        poke(c, at[me]!, 1);
        yield* sendIpi(c, 2, 0);
        yield* update(c, SENT, ADD, 1);
      },
    ]);
    m.programs.push([
      function* (c) {
        yield* cli(c);
        yield* store(c, READY, 1);
        yield* waitLoad(c, SENT, -1, 2);
        yield* sti(c);
      },
    ]);
    m.handler = function* (c) {
      peek(c, at[0]!);
      peek(c, at[1]!);
    };
    expect(explore(m)).toMatchObject({ violations: [], stats: { executions: 1 } });
  });

  test('that shares nothing with the program costs one execution, however long the program is', () => {
    const long: Body = function* (c, at) {
      for (let i = 0; i < 20; i++) yield* load(c, at[0]!);
    };
    const other: Body = function* (c, at) {
      yield* store(c, at[1]!, 1);
    };
    expect(run(send, long, other).stats).toMatchObject({ executions: 1, redundant: 0, unrealisable: 0 });
  });

  test('and its program take turns: the program never sees half of what the handler does', () => {
    const reads: Body = function* (c, at) {
      const first = yield* load(c, at[0]!);
      if (first !== (yield* load(c, at[1]!))) yield* store(c, at[2]!, 1 + first);
    };
    const both: Body = function* (c, at) {
      yield* store(c, at[0]!, 1);
      yield* store(c, at[1]!, 1);
    };
    const { m, at } = small({ cpus: 2, interrupts: true });
    m.programs = [[(c) => send(c, at)], [(c) => reads(c, at)]];
    m.handler = (c) => both(c, at);
    const { states, stats } = explore(m, () => String(m.mem.words[at[2]!]));
    expect(states).toEqual(['0', '1']); // old then new, never new then old
    expect(stats.unrealisable).toBeGreaterThan(0);
  });

  test('may not wait: whom it waits for could be the program below it', () => {
    const { m, at } = small({ cpus: 2, interrupts: true });
    m.programs = [[(c) => send(c, at)], [(c) => waits(c, at)]];
    m.handler = (c) => waits(c, at);
    expect(explore(m).violations).toContain('locking');
  });
});
