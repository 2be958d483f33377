// SPDX-License-Identifier: GPL-2.0-only
/**
 * The random strategies: what they draw is real and found by the exhaustive search too, in the long run all of it; the same seed draws the same; which bugs
 * are found after how many executions is known for each seed.
 * Seeded. Time budget: 10 s.
 */
import { describe, expect, test } from 'vitest';
import { Walk } from '../../bench/walk.ts';
import type { Machine } from '../../cpu/machine.ts';
import { build, makeCell } from '../../src/check/cell.ts';
import { Drawn, type Policy } from '../../src/engines/drawn.ts';
import { chanceOfAll, chanceOfOne, Pct } from '../../src/engines/pct.ts';
import type { Pick } from '../../src/engines/replay.ts';
import { Sampling } from '../../src/engines/sampling.ts';
import { drive } from '../../src/engines/strategy.ts';
import { Xorshift } from '../../src/engines/xorshift.ts';
import { dekker, peterson, sb } from '../../src/litmus/benchmarks.ts';
import { retractScenario } from '../../src/scenarios/retract/scenario.ts';
import { draw, drawsWhatIsThere, type Name, POLICIES } from '../support/draws.ts';
import { explore } from '../support/explore.ts';
import { FAMILIES } from '../support/fuzz.ts';

const each = Object.keys(POLICIES);

test.each(Object.keys(FAMILIES) as Name[])('what is drawn is there: %s', (family) => drawsWhatIsThere(family, 15, 300));

describe.each(each)('%s', (name) => {
  test('draws the same for the same seed, and something else for another', () => {
    const picks = (seed: number): Pick[][] => draw(dekker(2), POLICIES[name]!(), seed, 20, () => '').picks;
    expect(picks(5)).toEqual(picks(5));
    expect(new Set([0, 1, 2, 3, 4].map((seed) => JSON.stringify(picks(seed)))).size).toBe(5);
  });
});

describe('in the long run every final state is drawn', () => {
  test.each(['sampling', 'pct, depth 3'])('by %s', (name) => {
    const outcomes = (m: Machine): string => JSON.stringify([...m.mem.words.subarray(0, 32)]) + m.contexts.map((c) => c.value).join();
    const found = explore(sb(3), outcomes).states;
    const m = sb(3);
    expect(draw(m, POLICIES[name]!(), 1, 1500, () => outcomes(m)).states).toEqual(found);
  });
});

/** Executions until a bug shows, for seeds 0 to 9; 0: it does not within 1,000. */
function untilFound(make: () => Machine, policy: () => Policy): number[] {
  return Array.from({ length: 10 }, (_, seed) => {
    let found = 0;
    let n = 0;
    const search = new Drawn(policy(), seed, 1000, (__, outcome) => {
      n++;
      if (outcome.violation !== null) found = n;
    });
    drive(make(), search, () => found === 0);
    return found;
  });
}

const mean = (of: number[]): number => of.reduce((a, b) => a + b, 0) / of.length;

describe('bugs are found', () => {
  test.each([
    ['dekker 3, unfenced', () => dekker(3, false)],
    ['peterson 3, unfenced', () => peterson(3, false)],
  ] as const)('%s: sooner by sampling than by a random walk, as soon each time', (_, make) => {
    const sampled = untilFound(make, () => new Sampling());
    expect(sampled).not.toContain(0);
    expect(untilFound(make, () => new Sampling())).toEqual(sampled);
    const walked = untilFound(make, () => new Walk());
    expect(mean(sampled)).toBeLessThan(mean(walked) / 2);
  });

  test('the torn pair of the main job: by sampling', () => {
    const { machine } = build(makeCell(retractScenario, { irqs: 'on' }, []), 1);
    let found = 0;
    const search = new Drawn(new Sampling(), 3, 3000, (_, outcome) => {
      found += outcome.violation?.kind === 'torn-pair' ? 1 : 0;
    });
    drive(machine, search, () => found === 0);
    expect(found).toBe(1);
  });

  test('as often as pct promises, and more', () => {
    // Unfenced Dekker fails if one store is late: two orders, of loads before drains.
    for (const depth of [2, 3]) {
      const pct = new Pct(depth);
      let found = 0;
      drive(dekker(1, false), new Drawn(pct, 1, 3001, (_, outcome) => (found += outcome.violation === null ? 0 : 1)), () => true);
      const { guarantee } = pct;
      expect(guarantee).toMatchObject({ depth, actors: 4, runs: 3000 });
      if (depth === 3) expect(found / 3000).toBeGreaterThan(chanceOfOne(guarantee));
    }
  });
});

test('the promise is that of the paper', () => {
  const g = { depth: 3, actors: 4, transitions: 10, runs: 100 };
  expect(chanceOfOne(g)).toBeCloseTo(1 / 400, 12);
  expect(chanceOfAll(g)).toBeCloseTo(1 - (1 - 1 / 400) ** 100, 12);
  expect(chanceOfOne({ ...g, depth: 1 })).toBe(1 / 4);
});

test('the generator spreads: neighbouring seeds share nothing, and each value is as likely', () => {
  const first = Array.from({ length: 1000 }, (_, seed) => new Xorshift(seed).below(1 << 30));
  expect(new Set(first).size).toBe(1000);
  const random = new Xorshift(1);
  const counts = [0, 0, 0, 0, 0];
  for (let i = 0; i < 50_000; i++) counts[random.below(5)]!++;
  for (const n of counts) expect(Math.abs(n - 10_000)).toBeLessThan(400);
});
