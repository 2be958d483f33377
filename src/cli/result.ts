// SPDX-License-Identifier: GPL-2.0-only
/**
 * The result of a cell, as `check --json` prints it.
 *
 *   sameAs     the cell is a copy of that configuration, and was not run: verdict, counts and counterexample are that one's
 *   within     what bounds the search beyond the scenario: "2 preemptions"; `complete` speaks of the space within
 *   guarantee  of the strategy pct: depth, actors, transitions, runs
 *   note       why it is inconclusive, or what an empty pass lacks
 *   violation  absent if it holds, or is inconclusive, or passes empty; docs/json.md has its fields
 */
import { namesOf } from '../check/check.ts';
import { type Length, lengthOf, type Report } from '../check/report.ts';
import type { Guarantee } from '../engines/pct.ts';
import type { Config } from '../scenarios/scenario.ts';
import { HOLDS, INCONCLUSIVE, VIOLATED } from './exit.ts';
import type { PlannedCell } from './plan.ts';
import type { TaskResult } from './task.ts';

export const SCHEMA = 'paelab/check';
/** Raised when a field changes its meaning or goes away. */
export const SCHEMA_VERSION = 1;

export interface CellResult {
  scenario: string;
  config: Config;
  without: readonly string[];
  verdict: 'holds' | 'violated' | 'inconclusive';
  /** Every execution within the bounds was run. */
  complete: boolean;
  bounds: readonly string[];
  within?: string;
  guarantee?: Guarantee;
  executions: number;
  blocked: number;
  transitions: number;
  seconds: number;
  expected?: 'holds' | 'violated';
  sameAs?: Config;
  note?: string;
  violation?: Omit<Report, 'text' | 'eventsText'>;
  /** Of the whole execution that the counterexample was cut out of. */
  wholeLength?: Length;
}

/** With the texts of the report, for people. */
export interface Told {
  planned: PlannedCell;
  result: CellResult;
  text: string | null;
  eventsText: string | null;
  /** Names of the guards that some execution came to, if that was asked for. */
  guards: readonly string[];
}

export function toldOf(planned: PlannedCell, r: TaskResult): Told {
  const { cell } = planned;
  const x = r.violation;
  const result: CellResult = {
    scenario: cell.scenario.name,
    config: cell.config,
    without: cell.without,
    verdict: r.verdict,
    complete: r.complete,
    bounds: [...cell.scenario.bounds, ...r.bounds.map((b) => b.text)],
    ...(r.bounds.length > 0 && { within: namesOf(r.bounds) }),
    executions: r.executions,
    blocked: r.blocked,
    transitions: r.transitions,
    seconds: Math.round(r.seconds * 1000) / 1000,
    ...(planned.expected !== undefined && { expected: planned.expected }),
    ...(r.note !== null && { note: r.note }),
    ...(r.guarantee !== null && { guarantee: r.guarantee }),
    ...(x !== null && { violation: told(x), wholeLength: lengthOf(r.whole!) }),
  };
  return { planned, result, text: x?.text ?? null, eventsText: x?.eventsText ?? null, guards: r.guards };
}

/** The report without its texts, which JSON does not repeat. */
export function told({ text: _, eventsText: __, ...report }: Report): Omit<Report, 'text' | 'eventsText'> {
  return report;
}

export function copyOf(planned: PlannedCell, of: Told): Told {
  const { expected: _, ...result } = of.result;
  const own = { config: planned.cell.config, seconds: 0, sameAs: of.result.config };
  return {
    planned,
    result: { ...result, ...own, ...(planned.expected !== undefined && { expected: planned.expected }) },
    text: null,
    eventsText: null,
    guards: of.guards,
  };
}

/** Does the verdict differ from the expected one? Where nothing is expected, everything should hold. */
export const differs = (r: CellResult): boolean => r.verdict !== 'inconclusive' && r.verdict !== (r.expected ?? 'holds');

export const codeOfVerdict = (r: CellResult): number =>
  r.verdict === 'holds' ? HOLDS : r.verdict === 'violated' ? VIOLATED : INCONCLUSIVE;

/** In a table: is the cell as expected? */
export const codeInTable = (r: CellResult): number => (r.verdict === 'inconclusive' ? INCONCLUSIVE : differs(r) ? VIOLATED : HOLDS);
