// SPDX-License-Identifier: GPL-2.0-only
/** The configurations of `retract`, and what the tests here ask about one of them. */
import { expect } from 'vitest';
import { build, makeCell, startsOf } from '../../../src/check/cell.ts';
import { checkCell, type Verdict } from '../../../src/check/check.ts';
import { judge } from '../../../src/check/counterexample.ts';
import type { StrategyOptions } from '../../../src/check/search.ts';
import { Optimal } from '../../../src/engines/explore/optimal.ts';
import { drive } from '../../../src/engines/strategy.ts';
import { scenarios } from '../../../src/scenarios/index.ts';
import type { Config, Scenario } from '../../../src/scenarios/scenario.ts';

export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((s) => s.name === name);
  if (found === undefined) throw new Error(`no scenario '${name}'`);
  return found;
}

export const retract = scenarioNamed('retract');

/** The cross product of the axes, but for the extra ones; `fixed` gives some of them one value. */
export function product(fixed: Config = {}, scenario: Scenario = retract): Config[] {
  let all: Config[] = [{}];
  for (const [key, axis] of Object.entries(scenario.axes)) {
    const values = fixed[key] !== undefined ? [fixed[key]] : axis.extra === true ? [axis.default] : axis.values;
    all = all.flatMap((config) => values.map((value) => ({ ...config, [key]: value })));
  }
  return all;
}

export const textOf = (config: Config): string =>
  Object.entries(config)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');

/** Those that are no copy of another one. */
export function distinct(configs: readonly Config[], scenario: Scenario = retract): Config[] {
  const originals = new Map<string, Config>();
  for (const config of configs) {
    const original = scenario.sameAs?.(config) ?? config;
    originals.set(textOf(original), original);
  }
  return [...originals.values()];
}

/** A search always ends in the same way, and many tests ask for the same cells, in several files that one worker runs. */
const known = new Map<string, Verdict>();

export function verdictOf(name: string, given: Config = {}, without: readonly string[] = [], options: StrategyOptions = {}): Verdict {
  const cell = makeCell(scenarioNamed(name), given, without);
  const key = JSON.stringify([name, cell.config, cell.without, options]);
  const verdict = known.get(key) ?? checkCell(cell, { firstOnly: true, ...options });
  known.set(key, verdict);
  return verdict;
}

/** Checks a cell for real: the verdict is the expected one, the search went through, and what violates is a torn pair. */
export function expectVerdict(config: Config): void {
  const v = verdictOf('retract', config);
  const wanted = retract.expected!(config);
  expect({ config: textOf(config), verdict: v.verdict, note: v.note }).toEqual({ config: textOf(config), verdict: wanted, note: null });
  if (wanted === 'holds') {
    expect({ complete: v.complete, blocked: v.blocked, unrealisable: v.unrealisable }).toEqual({
      complete: true,
      blocked: 0,
      unrealisable: 0,
    });
    for (const w of retract.reachable!(config)) expect(v.witnesses).toContain(w);
  } else {
    expect(v.counterexample?.violation.kind).toBe('torn-pair');
    expect(v.complete).toBe(false); // it stopped there
  }
}

/** The kinds of all violations in a cell, each once, sorted. */
export function kindsOf(name: string, config: Config, without: readonly string[]): string[] {
  const cell = makeCell(scenarioNamed(name), config, without);
  const kinds = new Set<string>();
  for (let start = 0; start < startsOf(cell); start++) {
    const built = build(cell, start);
    const search = new Optimal((_, { outcome }) => {
      const violation = judge(built, outcome, new Set());
      if (violation !== null) kinds.add(violation.kind);
    });
    drive(built.machine, search, () => true);
  }
  return [...kinds].sort();
}
