// SPDX-License-Identifier: GPL-2.0-only
/**
 * Every schedule twice: what is deterministic passes with the same counts, and each source of something else is found, with the pick where it shows.
 * Time budget: 5 s.
 */
import { describe, expect, test } from 'vitest';
import { load, store } from '../../cpu/ops.ts';
import { build, type Cell, makeCell } from '../../src/check/cell.ts';
import { type CheckOptions, checkCell } from '../../src/check/check.ts';
import { NotDeterministic } from '../../src/engines/twice.ts';
import { retractScenario } from '../../src/scenarios/retract/scenario.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import { inHalves, twice, type World } from '../check/scenarios.ts';

const cellOf = (s: Scenario): Cell => makeCell(s, {}, []);
const verify = (cell: Cell, options: CheckOptions = {}) => checkCell(cell, { ...options, verifyDeterminism: true });

/** Each context stores what `value` says and reads it again. */
const storing = (value: () => number): Scenario =>
  twice(function* (c, w: World) {
    yield* load(c, w.n);
    yield* store(c, w.n, value());
    yield* load(c, w.n);
  });

function parting(s: Scenario, options?: CheckOptions): string {
  try {
    verify(cellOf(s), options);
  } catch (e) {
    expect(e).toBeInstanceOf(NotDeterministic);
    return (e as Error).message;
  }
  throw new Error('it passed');
}

describe('what is deterministic passes, with the same result', () => {
  test.each<[string, CheckOptions]>([
    ['exhaustive', {}],
    ['within 1 preemption', { preemptions: 1 }],
    ['random', { strategy: 'random', maxExecutions: 50 }],
    ['pct', { strategy: 'pct', maxExecutions: 50 }],
  ])('%s', (_, options) => {
    const cell = cellOf(twice(inHalves));
    expect(verify(cell, options)).toEqual(checkCell(cell, options));
  });

  test('the main job, within a few executions', () => {
    const cell = makeCell(retractScenario as Scenario, {}, []);
    expect(verify(cell, { maxExecutions: 40 })).toEqual(checkCell(cell, { maxExecutions: 40 }));
  });
});

describe('is found:', () => {
  test('a value that is drawn', () => {
    let state = 1;
    const drawn = (): number => (state = (state * 48271) % 2147483647);
    expect(parting(storing(drawn))).toMatch(/^the same picks lead elsewhere: they part at pick \d+: first .*CPU\d.* word\.n .*; then /);
  });

  test('state that outlives an execution', () => {
    let n = 0;
    expect(parting(storing(() => (n++ < 29 ? 1 : 2)))).toContain('they part at pick');
  });

  test('by any strategy', () => {
    for (const options of [{ preemptions: 2 }, { strategy: 'random' }, { strategy: 'pct' }] as const) {
      let n = 0;
      expect(
        parting(
          storing(() => n++),
          options,
        ),
      ).toContain('they part at pick');
    }
  });

  test('an operation more or less', () => {
    let n = 0;
    const s = twice(function* (c, w: World) {
      yield* load(c, w.n);
      if (n++ % 3 === 2) yield* load(c, w.n);
    });
    expect(parting(s)).toMatch(/enabled: |the end/);
  });

  test('set-up that differs from build to build', () => {
    let builds = 0;
    const s = twice(function* (c, w: World) {
      yield* store(c, w.n, (w as World & { salt: number }).salt);
    });
    const { setup } = s;
    const salted: Scenario = { ...s, setup: (...args) => ({ ...(setup(...args) as World), salt: ++builds }) };
    expect(build(cellOf(salted), 0).machine.cpus).toBe(2);
    expect(parting(salted)).toContain('they part at pick 1');
  });
});
