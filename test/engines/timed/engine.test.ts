// SPDX-License-Identifier: GPL-2.0-only
/**
 * The timed engine on small programs: effects come in the order of the clocks, waits and interrupts take the time that they should, and what waits for
 * ever is told. Budget: 2 s.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cli, sendIpi, sti } from '../../../cpu/interrupts.ts';
import { Machine } from '../../../cpu/machine.ts';
import { load, rmw, store, waitLoad, waitRmw } from '../../../cpu/ops.ts';
import { ADD, XCHG } from '../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../cpu/vcpu.ts';
import { Defect } from '../../../cpu/violation.ts';
import { allocObject, createPhysMem } from '../../../mmu/phys-mem.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { type Costs, costsOf, PROFILES } from '../../../src/engines/timed/costs.ts';
import { TimedEngine } from '../../../src/engines/timed/engine.ts';

const COSTS: Costs = { ...costsOf(PROFILES['haswell-1s']), jitter: 0 };

interface Small {
  m: Machine;
  e: TimedEngine;
  word: Ptr;
  lock: Ptr;
}

function small(cpus: number): Small {
  const mem = createPhysMem(1024, 1);
  const m = new Machine({ cpus, callbacks: 0, interrupts: true, mem });
  const word = allocObject(mem, 1);
  const lock = allocObject(mem, 1);
  m.startDirect();
  const e = new TimedEngine(m, { costs: COSTS, socket: cpus, cluster: 1, seed: 1 });
  return { m, e, word, lock };
}

it('whoever does something earlier does it first', () => {
  const pauses = fc.array(fc.array(fc.nat({ max: 2000 }), { maxLength: 8 }), { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(pauses, (all) => {
      const { e, word } = small(all.length);
      const seen: { at: number; n: number }[] = [];
      all.forEach((each, cpu) => {
        e.start(cpu, function* (c) {
          for (const ns of each) {
            e.spend(c, ns);
            const at = e.now();
            seen.push({ at, n: yield* rmw(c, word, ADD, 1) });
          }
        });
      });
      e.finish();
      const byTime = seen.toSorted((a, b) => a.at - b.at);
      // Within the slack that plain code has, either order is right.
      byTime.forEach(({ at }, i) => {
        for (const later of byTime.slice(i + 1)) if (later.at - at > 50) expect(byTime[i]!.n).toBeLessThan(later.n);
      });
    }),
    { seed: 1, numRuns: 150 },
  );
});

it('who waits for a lock goes on when it is given back, and both have their turn', () => {
  const { e, word, lock, m } = small(2);
  const times: number[] = [];
  const program = function* (c: Vcpu): Code {
    yield* waitRmw(c, lock, -1, 0, XCHG, 1);
    yield* store(c, word, (yield* load(c, word)) + 1);
    e.spend(c, 1000);
    yield* load(c, word);
    yield* store(c, lock, 0);
    times.push(e.now());
  };
  e.start(0, program);
  e.start(1, program);
  e.finish();
  expect(m.mem.words[word]).toBe(2);
  expect(times[1]! - times[0]!).toBeGreaterThan(1000);
  expect(times[1]! - times[0]!).toBeLessThan(1200);
});

it('an interrupt takes its time, waits while IF = 0, and ends a wait', () => {
  const { e, m, word } = small(3);
  const taken: [cpu: number, at: number][] = [];
  m.handler = function* (c) {
    taken.push([c.id, e.now()]);
    yield* rmw(c, word, ADD, 1);
  };
  e.start(0, function* (c) {
    yield* sendIpi(c, 1, 3);
    yield* sendIpi(c, 2, 3);
    yield* waitLoad(c, word, -1, 2);
    expect(e.now()).toBeGreaterThan(5000);
  });
  e.start(1, function* (c) {
    yield* cli(c);
    e.spend(c, 5000);
    yield* load(c, word);
    yield* sti(c);
  });
  e.finish();
  const at = new Map(taken);
  expect(at.get(2)!).toBeGreaterThanOrEqual(COSTS.deliver + COSTS.entry);
  expect(at.get(2)!).toBeLessThan(COSTS.deliver + COSTS.entry + 100);
  expect(at.get(1)!).toBeGreaterThan(5000);
  expect(e.account.received[1]).toBe(1);
});

it('two interrupts that are pending together are taken once', () => {
  const { e, m } = small(2);
  m.handler = function* () {};
  e.start(0, function* (c) {
    yield* sendIpi(c, 1, 3);
    yield* sendIpi(c, 1, 3);
  });
  e.finish();
  expect([e.account.sent[0], e.account.coalesced[0], e.account.received[1]]).toEqual([2, 1, 1]);
});

it('one that sleeps wakes up first', () => {
  const times = [0, 1].map((asleep) => {
    const { e, m, word } = small(2);
    m.handler = function* (c) {
      yield* store(c, word, 1);
    };
    e.asleep[1] = asleep;
    return e.run(0, function* (c) {
      yield* sendIpi(c, 1, 3);
      yield* waitLoad(c, word, -1, 1);
      return e.now();
    });
  });
  expect(times[1]! - times[0]!).toBeCloseTo(COSTS.wake, 6);
});

it('tells what waits for ever', () => {
  const { e, word } = small(1);
  expect(() => e.run(0, (c) => waitLoad(c, word, -1, 1))).toThrow(Defect);
});
