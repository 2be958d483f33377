// SPDX-License-Identifier: GPL-2.0-only
/**
 * One process's figures about the exploration. Times are the process's own CPU time, all its threads together: the compiler's and the collector's too.
 */
import type { Machine } from '../../cpu/machine.ts';
import { build, makeCell, startsOf } from '../../src/check/cell.ts';
import { type ExploreStats, Optimal } from '../../src/engines/explore/optimal.ts';
import { drive } from '../../src/engines/strategy.ts';
import { OPTIMA, type Optimum } from '../../src/litmus/optimum.ts';
import { retractScenario } from '../../src/scenarios/retract/scenario.ts';

export const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** A second or more of CPU time, after half as much to warm up. @param seconds at least one run of `work` each */
export function repeat(seconds: number, work: () => void): { runs: number; seconds: number } {
  for (let begin = cpuSeconds(), first = true; first || cpuSeconds() - begin < seconds / 2; first = false) work();
  const begin = cpuSeconds();
  let runs = 0;
  do {
    work();
    runs++;
  } while (cpuSeconds() - begin < seconds);
  return { runs, seconds: cpuSeconds() - begin };
}

export function explore(m: Machine, goOn: (stats: ExploreStats) => boolean = () => true): ExploreStats {
  const search = new Optimal(() => {});
  drive(m, search, () => goOn(search.stats));
  return search.stats;
}

export const named = (name: string): Optimum => OPTIMA.find((o) => o.name === name)!;

export interface Speed {
  /** Executions a CPU second, blocked ones included: of the first run, from process start; and warm. */
  fromStart: number;
  warm: number;
  /** Transitions a CPU second, warm. */
  transitions: number;
}

export function speed(name: string, seconds: number): Speed {
  const { make } = named(name);
  const { executions, blocked, transitions } = explore(make());
  const runs = executions + blocked;
  const fromStart = runs / cpuSeconds();
  const warm = repeat(seconds, () => explore(make()));
  const perSecond = warm.runs / warm.seconds;
  return { fromStart, warm: runs * perSecond, transitions: transitions * perSecond };
}

export interface Retract {
  executions: number;
  executionsPerSecond: number;
  transitionsPerSecond: number;
  /** Accesses to words of memory, plain and marked: what a program does between two transitions counts too. */
  accessesPerSecond: number;
}

/** The main job as shipped: every starting state. */
export function retract(seconds: number): Retract {
  const cell = makeCell(retractScenario, {}, []);
  const starts = Array.from({ length: startsOf(cell) }, (_, start) => start);
  const machines = (): Machine[] => starts.map((start) => build(cell, start).machine);
  let executions = 0;
  let transitions = 0;
  let accesses = 0;
  for (const m of machines()) {
    const access = m.races.access.bind(m.races);
    m.races.access = (...args) => {
      accesses++;
      return access(...args);
    };
    const stats = explore(m);
    executions += stats.executions + stats.blocked;
    transitions += stats.transitions;
  }
  const { runs, seconds: took } = repeat(seconds, () => {
    for (const m of machines()) explore(m);
  });
  const each = (n: number): number => (n * runs) / took;
  return {
    executions,
    executionsPerSecond: each(executions),
    transitionsPerSecond: each(transitions),
    accessesPerSecond: each(accesses),
  };
}

export interface Count {
  program: string;
  optimum: number;
  complete: number;
  redundant: number;
  blocked: number;
  blocks: boolean;
}

export const counts = (): Count[] =>
  OPTIMA.map(({ name, executions: optimum, blocks, make }) => {
    const { executions: complete, redundant, blocked } = explore(make());
    return { program: name, optimum, complete, redundant, blocked, blocks };
  });

/** Executions between two looks at the resident size. */
const LOOK = 1000;

/** Growth of the resident size of a long search, after the first tenth of it, in MiB. */
export function growth(name: string): { atTenthMiB: number; peakMiB: number } {
  const { make, executions } = named(name);
  let atTenth = 0;
  let peak = 0;
  explore(make(), (stats) => {
    if (stats.executions % LOOK !== 0) return true;
    const rss = process.memoryUsage.rss();
    if (stats.executions <= executions / 10) atTenth = Math.max(atTenth, rss);
    peak = Math.max(peak, rss);
    return true;
  });
  return { atTenthMiB: atTenth / 2 ** 20, peakMiB: peak / 2 ** 20 };
}
