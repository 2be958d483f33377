// SPDX-License-Identifier: GPL-2.0-only
/**
 * Verdicts: what makes one, what cuts one short, and that a pass in which nothing happened is none.
 * Time budget: 20 s.
 */
import { describe, expect, test } from 'vitest';
import { makeCell } from '../../src/check/cell.ts';
import { type CheckOptions, checkCell, type Verdict } from '../../src/check/check.ts';
import { retractScenario } from '../../src/scenarios/retract/scenario.ts';
import type { Scenario } from '../../src/scenarios/scenario.ts';
import { atOnce, both, forEver, inHalves, inVain, nothing, twice, type World } from './scenarios.ts';

const verdict = (s: Scenario, options: CheckOptions = {}): Verdict => checkCell(makeCell(s, {}, []), options);
const retract = (config: Record<string, string>, options: CheckOptions): Verdict =>
  checkCell(makeCell(retractScenario as Scenario, config, []), options);

describe('a check at the end', () => {
  test('that holds in every execution', () => {
    expect(verdict(twice(atOnce, { atEnd: both as never }))).toMatchObject({
      ...{ verdict: 'holds', complete: true, note: null, executions: 2, blocked: 0, counterexample: null },
    });
  });

  test('that fails in some execution', () => {
    const v = verdict(twice(inHalves, { atEnd: both as never }));
    expect(v).toMatchObject({ verdict: 'violated', complete: true, note: null });
    expect(v.counterexample?.violation).toMatchObject({ kind: 'check', summary: 'the word is 1 (both have counted)', atEnd: true });
  });

  test('that fails though nobody moves', () => {
    const v = verdict(twice(nothing, { atEnd: both as never }));
    expect(v).toMatchObject({
      verdict: 'violated',
      counterexample: { picks: [], violation: { summary: 'the word is 0 (both have counted)' } },
    });
  });

  test('is not asked of an execution that never ended', () => {
    const v = verdict(twice(inVain, { atEnd: both as never }));
    expect(v).toMatchObject({ verdict: 'violated', counterexample: { violation: { kind: 'deadlock' } } });
  });
});

describe('a check that must always hold', () => {
  const below = (limit: number) => (w: World) => [
    { name: `the word is below ${limit}`, cells: [w.n], holds: (read: (p: never) => number) => read(w.n as never) < limit },
  ];

  test('holds', () => {
    expect(verdict(twice(atOnce, { always: below(3) as never }))).toMatchObject({ verdict: 'holds', complete: true });
  });

  test('fails at the transition that breaks it, though it would hold at the end', () => {
    const passing = function* (c: never, w: World) {
      yield* atOnce(c, w);
      yield* atOnce(c, w);
    };
    const v = verdict(twice(passing as never, { always: below(4) as never }));
    expect(v.verdict).toBe('violated');
    expect(v.counterexample?.violation).toMatchObject({ kind: 'check', atEnd: false });
    expect(v.counterexample?.violation.summary).toContain('the word is below 4');
  });
});

describe('a pass in which nothing happened is none', () => {
  test('a witness that no execution has seen', () => {
    const v = verdict(twice(atOnce, { reachable: () => ['the other one came first', 'pigs fly', 'hell froze'] }));
    expect(v).toMatchObject({ verdict: 'violated', complete: true, counterexample: null });
    expect(v.note).toBe('an empty pass: never seen: pigs fly; hell froze');
  });

  test('one that some execution has seen is enough', () => {
    const v = verdict(twice(atOnce, { reachable: () => ['the other one came first'] }));
    expect(v).toMatchObject({ verdict: 'holds', note: null });
    expect([...v.witnesses]).toContain('the other one came first');
  });

  test('the witnesses of all starting states count together', () => {
    const s = twice(atOnce, { starts: () => 2, reachable: () => ['the other one came first'] });
    expect(verdict({ ...s, programs: (w, config) => s.programs(w, config).slice(1) })).toMatchObject({ verdict: 'violated' });
    expect(verdict(s)).toMatchObject({ verdict: 'holds', executions: 4 });
  });
});

describe('a search that is cut proves nothing', () => {
  test('by maxExecutions', () => {
    const v = retract({}, { maxExecutions: 7 });
    expect(v).toMatchObject({
      verdict: 'inconclusive',
      complete: false,
      note: 'cut after 7 executions',
      executions: 7,
      counterexample: null,
    });
  });

  test('by goOn, between two executions', () => {
    let asked = 0;
    const v = retract({}, { goOn: () => ++asked <= 3 });
    expect(v).toMatchObject({ verdict: 'inconclusive', complete: false, note: 'cut by the time limit, or interrupted', executions: 3 });
  });

  test('by an execution without an end, which is named', () => {
    const v = verdict(twice(forEver));
    expect(v).toMatchObject({ verdict: 'inconclusive', complete: false });
    expect(v.note).toMatch(/^an execution has more than \d+ transitions; it was in .*word\.n/);
  });

  test('though not empty-handed: a violation that was found is one', () => {
    const v = retract({ irqs: 'on' }, { maxExecutions: 1_000, firstOnly: true });
    expect(v).toMatchObject({ verdict: 'violated', complete: false });
  });

  test('and a limit beyond the end is none', () => {
    expect(verdict(twice(atOnce), { maxExecutions: 3 })).toMatchObject({ verdict: 'holds', complete: true, executions: 2 });
  });
});

test('progress is told between executions, and only grows', () => {
  const told: number[] = [];
  const v = verdict(twice(inHalves), { onProgress: (executions) => told.push(executions) });
  expect(told.length).toBeGreaterThanOrEqual(v.executions);
  expect([...told].sort((a, b) => a - b)).toEqual(told);
  expect(told[0]).toBe(0);
});

describe('the counterexample', () => {
  test('is the easiest of all, and the first one if only that is asked for', () => {
    const all = retract({ sync: 'absent' }, {}).counterexample!;
    const first = retract({ sync: 'absent' }, { firstOnly: true }).counterexample!;
    expect(all.violation.kind).toBe('torn-pair');
    expect(all.difficulty.length).toBeLessThanOrEqual(first.difficulty.length);
    expect(all.picks).toHaveLength(all.difficulty.length);
    expect(all.difficulty.length).toBeLessThan(all.whole.length);
  });
});

describe('random executions', () => {
  const options = { strategy: 'random', maxExecutions: 300, firstOnly: true } as const;

  test.each([1, 2, 3])('find what there is or stay inconclusive, and do the same for the same seed: %i', (seed) => {
    const once = retract({ sync: 'absent' }, { ...options, seed });
    expect(['violated', 'inconclusive']).toContain(once.verdict);
    expect(once.complete).toBe(false);
    expect(retract({ sync: 'absent' }, { ...options, seed })).toEqual(once);
  });

  test('find what is not rare', () => {
    const v = verdict(twice(inHalves, { atEnd: both as never }), options);
    expect(v).toMatchObject({
      verdict: 'violated',
      counterexample: { violation: { kind: 'check', summary: 'the word is 1 (both have counted)' } },
    });
    const picks = v.counterexample!.picks;
    expect(picks).toHaveLength(v.counterexample!.difficulty.length);
  });

  test('never prove', () => {
    const v = retract({}, { ...options, seed: 1 });
    expect(v).toMatchObject({ verdict: 'inconclusive', complete: false, note: 'random executions prove nothing', counterexample: null });
    expect(v.executions).toBe(300); // shared by both starting states
  });

  test('differ from seed to seed', () => {
    const transitions = [1, 2, 3, 4].map((seed) => retract({}, { ...options, maxExecutions: 20, seed }).transitions);
    expect(new Set(transitions).size).toBeGreaterThan(1);
  });
});
