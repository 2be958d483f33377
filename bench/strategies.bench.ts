// SPDX-License-Identifier: GPL-2.0-only
/**
 * How many executions each random strategy needs until it finds a bug: the mean over seeds, and the seconds of a search. Where no bug is found within the
 * limit the row says in how many searches, and the mean is a lower bound.
 */
import type { Machine } from '../cpu/machine.ts';
import { build, makeCell } from '../src/check/cell.ts';
import { Drawn, type Policy } from '../src/engines/drawn.ts';
import { Pct } from '../src/engines/pct.ts';
import { Sampling } from '../src/engines/sampling.ts';
import { drive } from '../src/engines/strategy.ts';
import { dekker, peterson } from '../src/litmus/benchmarks.ts';
import { retractScenario } from '../src/scenarios/retract/scenario.ts';
import { Walk } from './walk.ts';

const SEEDS = 10;
const MOST = 2000;

const policies: Record<string, () => Policy> = {
  'random walk': () => new Walk(),
  'pct, depth 2': () => new Pct(2),
  'pct, depth 3': () => new Pct(3),
  'pct, depth 4': () => new Pct(4),
  'partial-order sampling': () => new Sampling(),
};

const retract =
  (config: Record<string, string>, without: string[] = []) =>
  () =>
    build(makeCell(retractScenario, config, without), 1).machine;

const programs: Record<string, () => Machine> = {
  'dekker 1, unfenced': () => dekker(1, false),
  'dekker 3, unfenced': () => dekker(3, false),
  'peterson 1, unfenced': () => peterson(1, false),
  'peterson 3, unfenced': () => peterson(3, false),
  'retract without lockless-sync': retract({}, ['lockless-sync']),
  'retract irqs=on': retract({ irqs: 'on' }),
  'retract without pte-free-defer': retract({}, ['pte-free-defer']),
};

function untilFound(m: Machine, policy: Policy, seed: number): number {
  let found = 0;
  let runs = 0;
  const search = new Drawn(policy, seed, MOST, (_, outcome) => {
    runs++;
    if (outcome.violation !== null) found = runs;
  });
  drive(m, search, () => found === 0);
  return found === 0 ? MOST : found;
}

const COLUMNS = [32, 24, 18, 8, 12];
const line = (cells: readonly (string | number)[]): string => cells.map((cell, i) => String(cell).padEnd(COLUMNS[i]!)).join('');

console.log(line(['program', 'strategy', 'mean executions', 'found', 'ms a search']));
for (const [program, make] of Object.entries(programs)) {
  for (const [strategy, policy] of Object.entries(policies)) {
    const m = make();
    const from = performance.now();
    const runs = Array.from({ length: SEEDS }, (_, seed) => untilFound(m, policy(), seed));
    const mean = runs.reduce((sum, n) => sum + n, 0) / SEEDS;
    const found = runs.filter((n) => n < MOST).length;
    console.log(line([program, strategy, mean.toFixed(1), `${found}/${SEEDS}`, ((performance.now() - from) / SEEDS).toFixed(0)]));
  }
}
