// SPDX-License-Identifier: GPL-2.0-only
/**
 * The order with the fewest CPU switches, against all orders of small random partial orders.
 * Time budget: 5 s.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Footprint } from '../../../cpu/footprint.ts';
import { DRAIN, LOAD } from '../../../cpu/kinds.ts';
import { fewestSwitches } from '../../../src/engines/explore/fewest-switches.ts';
import { difficulty, type Edge, type PartialOrder } from '../../../src/engines/explore/linearise.ts';

const CONTEXTS = 3;
const cpuOf = (ctx: number): number => ctx;

/** Event i is of actor `actors[i]`, behind the last event of its actor and behind those events that `after` names. */
function made(actors: readonly number[], after: readonly (readonly number[])[]): PartialOrder {
  const clocks: Int32Array[] = [];
  const x = { length: 0, actors: 2 * CONTEXTS, events: [] as Footprint[], reach: (i: number, actor: number) => clocks[i]![actor]! };
  const place = new Int32Array(x.actors);
  for (const [i, actor] of actors.entries()) {
    const r = new Footprint();
    r.actor = actor;
    r.ctx = actor % CONTEXTS;
    r.kind = actor < CONTEXTS ? LOAD : DRAIN;
    r.place = ++place[actor]!;
    const clock = new Int32Array(x.actors);
    for (let j = 0; j < i; j++) {
      if (actors[j] !== actor && !after[i]!.includes(j)) continue;
      for (const [p, v] of clocks[j]!.entries()) clock[p] = Math.max(clock[p]!, v);
    }
    clock[actor] = r.place;
    x.events.push(r);
    clocks.push(clock);
    x.length++;
  }
  return x;
}

const before = (x: PartialOrder, i: number, j: number): boolean => x.reach(j, x.events[i]!.actor) >= x.events[i]!.place;

/** Every order that happens-before and the pairs allow. */
function* orders(x: PartialOrder, extra: readonly Edge[], sofar: number[] = []): Generator<number[]> {
  if (sofar.length === x.length) yield sofar;
  for (let i = 0; i < x.length; i++) {
    if (sofar.includes(i)) continue;
    const first = [...x.events.keys()].filter((j) => j !== i && (before(x, j, i) || extra.some(([a, b]) => a === j && b === i)));
    if (first.every((j) => sofar.includes(j))) yield* orders(x, extra, [...sofar, i]);
  }
}

const cost = (x: PartialOrder, order: readonly number[]): number =>
  difficulty(
    order.map((i) => x.events[i]!),
    cpuOf,
  ).switches;

const partial = fc.integer({ min: 0, max: 7 }).chain((n) =>
  fc.record({
    actors: fc.array(fc.nat(2 * CONTEXTS - 1), { minLength: n, maxLength: n }),
    after: fc.array(fc.array(fc.nat(7), { maxLength: 2 }), { minLength: n, maxLength: n }),
    extra: fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 1 }),
  }),
);

test('no order has fewer', () => {
  let more = 0;
  fc.assert(
    fc.property(partial, ({ actors, after, extra }) => {
      const x = made(actors, after);
      const pairs = extra.filter(([a, b]) => a < x.length && b < x.length && a !== b);
      const all = [...orders(x, pairs)].map((order) => cost(x, order));
      const found = fewestSwitches(x, cpuOf, pairs);
      if (all.length === 0) return found === null;
      if (new Set(all).size > 1) more++;
      return found !== null && cost(x, [...found]) === Math.min(...all);
    }),
    { numRuns: 300, seed: 1 },
  );
  expect(more).toBeGreaterThan(50); // there was something to choose
});
