// SPDX-License-Identifier: GPL-2.0-only
/**
 * A study: every combination of its axes with several seeds, and how much each constant has to say.
 */
import { type CostName, type Costs, constantsOf } from '../engines/timed/costs.ts';
import type { TimedRow } from '../report/timed-row.ts';
import { StudyMemory } from './bench-machine.ts';
import { type Measured, measure } from './measure.ts';
import type { Plan } from './plan.ts';
import type { Setting } from './setting.ts';

/** One combination, measured with each seed. */
export interface Cell {
  setting: Setting;
  runs: Measured[];
}

export interface Influence {
  constant: CostName;
  /** Median of the initiator with the constant 20 % lower, and 20 % higher. */
  low: number;
  high: number;
}

export interface Findings {
  plan: Plan;
  cells: Cell[];
  /** Of the first policy at the most CPUs, as it is; 0: not looked at. */
  median: number;
  /** How far the medians of its seeds are apart. */
  spread: number;
  influences: Influence[];
  complete: boolean;
}

const SEEDS = 3;
const CHANGE = 0.2;
/** Interrupts that one run should come to, and the fewest and most rounds. */
const INTERRUPTS = 8000;
const LEAST = 12;
const MOST = 200;
/** Rounds of each initiator, where there are many. */
const FEW = 6;
/** A collapse has a hundred thousand operations. */
const COLLAPSES = 2;
const SENSITIVITY_ROUNDS = 4;

/** Of each initiator: all of them together have enough of them, with a few of each. */
function roundsFor(plan: Plan, cpus: number, initiators: number): number {
  if (plan.workload === 'collapse') return COLLAPSES;
  const least = Math.max(FEW, Math.ceil(LEAST / initiators));
  return Math.max(least, Math.min(MOST, Math.floor(INTERRUPTS / (cpus * initiators))));
}

function settingsOf(plan: Plan): Setting[] {
  const { profileName, profile, costs, workload, seed, idle, pause } = plan;
  const machine = { profileName, profile, costs, workload, seed, idle, pause };
  const settings = plan.policies.flatMap((policy) =>
    plan.pages.flatMap((pages) =>
      plan.initiators.flatMap((initiators) =>
        plan.cpus.map((cpus): Setting => ({ ...machine, policy, pages, initiators, cpus, rounds: roundsFor(plan, cpus, initiators) })),
      ),
    ),
  );
  return settings.filter(({ cpus, initiators }) => initiators + idle <= cpus);
}

export interface StudyWatch {
  /** Told before each run. */
  progress(done: number, of: number, what: string): void;
  stopped(): boolean;
  /** Lets others run: signals arrive then. */
  breathe(): Promise<void>;
}

/**
 * @param rows get the first operations of the first policy at the most CPUs and pages
 * @throws what a run throws but Interrupted; findings hold what was complete by then
 */
export async function study(plan: Plan, findings: Findings, watch: StudyWatch, rows?: TimedRow[]): Promise<void> {
  const memory = new StudyMemory();
  const settings = settingsOf(plan);
  const base = settings.findLast((s) => s.policy === plan.policies[0])!;
  const constants = Object.keys(constantsOf(plan.profile)) as CostName[];
  const each = base.initiators > 1 ? SEEDS : 1;
  const total = settings.length * SEEDS + each * (2 * constants.length + 1);
  let done = 0;
  const stopped = (): boolean => watch.stopped();
  const run = async (setting: Setting, what: string, rows?: TimedRow[]): Promise<Measured> => {
    watch.progress(done++, total, what);
    await watch.breathe();
    return measure(setting, memory, stopped, rows);
  };
  for (const setting of settings) {
    const runs: Measured[] = [];
    const what = `${setting.policy.name} cpus=${setting.cpus} pages=${setting.pages}`;
    for (let i = 0; i < SEEDS; i++)
      runs.push(await run({ ...setting, seed: setting.seed + i }, what, setting === base && i === 0 ? rows : undefined));
    findings.cells.push({ setting, runs });
    if (setting !== base) continue;
    const medians = runs.map((m) => m.initiator.summary().p50);
    findings.spread = Math.max(...medians) - Math.min(...medians);
  }
  // Where initiators meet, chance decides more than most constants do: a few rounds of one seed would say nothing.
  const few = base.initiators > 1 ? base : { ...base, rounds: Math.min(base.rounds, SENSITIVITY_ROUNDS) };
  const medianWith = async (costs: Costs, what: string): Promise<number> => {
    let sum = 0;
    for (let i = 0; i < each; i++) sum += (await run({ ...few, costs, seed: base.seed + i }, what)).initiator.summary().p50;
    return sum / each;
  };
  findings.median = await medianWith(plan.costs, 'sensitivity');
  for (const constant of constants) {
    const value = plan.costs[constant];
    const low = await medianWith({ ...plan.costs, [constant]: value * (1 - CHANGE) }, `sensitivity ${constant}`);
    const high = await medianWith({ ...plan.costs, [constant]: value * (1 + CHANGE) }, `sensitivity ${constant}`);
    findings.influences.push({ constant, low, high });
  }
  findings.complete = true;
}
