// SPDX-License-Identifier: GPL-2.0-only
/** The configurations of `retract`, and what the tests here ask about one of them. */
import { makeCell } from '../../../src/check/cell.ts';
import { type CheckOptions, checkCell, type Verdict } from '../../../src/check/check.ts';
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

export function verdictOf(name: string, config: Config = {}, without: readonly string[] = [], options: CheckOptions = {}): Verdict {
  return checkCell(makeCell(scenarioNamed(name), config, without), { firstOnly: true, ...options });
}
