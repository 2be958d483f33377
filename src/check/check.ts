// SPDX-License-Identifier: GPL-2.0-only
/**
 * The verdict of one cell: every execution of every starting state, or as many as the limits allow.
 */

import { difficulty } from '../engines/explore/linearise.ts';
import { WHOLE } from '../engines/explore/subtree.ts';
import { Random } from '../engines/random.ts';
import { drive, TooLong } from '../engines/strategy.ts';
import { build, type Cell, startsOf } from './cell.ts';
import { better, type Counterexample, judge } from './counterexample.ts';
import { type Counts, NONE, runSlice, sumOf } from './slice.ts';

export interface Limits {
  /** @default no limit */
  maxExecutions?: number;
  /** Asked between executions: go on? @default yes */
  goOn?: () => boolean;
}

export interface CheckOptions extends Limits {
  /** `optimal`: one execution of every class. `random`: draws, `maxExecutions` of them or 10,000. @default optimal */
  strategy?: 'optimal' | 'random';
  seed?: number;
  /** Stop at the first violation; otherwise all are looked at, for the one that is easiest to read. @default false */
  firstOnly?: boolean;
  /** Told after each execution. */
  onProgress?: (executions: number, pending: number) => void;
}

export interface Verdict {
  verdict: 'holds' | 'violated' | 'inconclusive';
  /** Every execution within the bounds was run. */
  complete: boolean;
  /** Why it is inconclusive, or what a pass lacks. */
  note: string | null;
  executions: number;
  blocked: number;
  transitions: number;
  unrealisable: number;
  redundant: number;
  witnesses: ReadonlySet<string>;
  counterexample: Counterexample | null;
}

/** Drawn at random where nothing is said. */
const RANDOM_EXECUTIONS = 10_000;

export function checkCell(cell: Cell, options: CheckOptions): Verdict {
  const s: Search = { cell, options, counts: NONE, best: null, witnesses: new Set(), cut: null, stopped: false };
  for (let start = 0; start < startsOf(cell) && s.cut === null && !s.stopped; start++) {
    if (options.strategy === 'random') drawRandom(s, start);
    else runWhole(s, start);
  }
  if (options.strategy === 'random') s.cut ??= 'random executions prove nothing';
  return { ...s.counts, witnesses: s.witnesses, ...conclude(cell, s.best, s.witnesses, s.stopped, s.cut), counterexample: s.best };
}

interface Search {
  readonly cell: Cell;
  readonly options: CheckOptions;
  counts: Counts;
  best: Counterexample | null;
  readonly witnesses: Set<string>;
  cut: string | null;
  /** By the first violation. */
  stopped: boolean;
}

/** Within all limits? @param executions so far, of this starting state @param most of the cell */
function mayGoOn(s: Search, executions: number, pending: number, most = Number.POSITIVE_INFINITY): boolean {
  const all = s.counts.executions + s.counts.blocked + executions;
  s.options.onProgress?.(all, pending);
  if (all >= most) s.cut = `cut after ${all} executions`;
  else if (s.options.goOn?.() === false) s.cut = 'cut by the time limit, or interrupted';
  return s.cut === null;
}

function runWhole(s: Search, start: number): void {
  const { firstOnly, maxExecutions } = s.options;
  const built = build(s.cell, start);
  const slice = runSlice(s.cell, start, built, WHOLE(), ({ executions, pending, violated }) => {
    s.stopped = violated && firstOnly === true;
    return !s.stopped && mayGoOn(s, executions, pending, maxExecutions);
  });
  s.counts = sumOf(s.counts, slice.counts);
  s.best = better(s.best, slice.best);
  for (const w of slice.witnesses) s.witnesses.add(w);
  s.cut ??= slice.tooLong;
}

function drawRandom(s: Search, start: number): void {
  const built = build(s.cell, start);
  const cpuOf = (ctx: number): number => built.machine.contexts[ctx]!.id;
  const share = Math.ceil((s.options.maxExecutions ?? RANDOM_EXECUTIONS) / startsOf(s.cell));
  let executions = 0;
  let transitions = 0;
  const search = new Random((s.options.seed ?? 1) + start, share, (m, outcome, picks) => {
    executions++;
    transitions += picks.length;
    const violation = judge(built, outcome, s.witnesses);
    if (violation === null) return;
    const T = m.contexts.length;
    const d = {
      ...difficulty([], cpuOf),
      length: picks.length,
      switches: picks.filter((p, i) => i > 0 && p.actor % T !== picks[i - 1]!.actor % T).length,
    };
    s.best = better(s.best, { violation, start, picks: [...picks], difficulty: d, whole: d });
    s.stopped = s.options.firstOnly === true;
  });
  try {
    drive(built.machine, search, () => !s.stopped && mayGoOn(s, executions, 0));
  } catch (e) {
    if (!(e instanceof TooLong)) throw e;
    s.cut = e.message;
  }
  s.counts = sumOf(s.counts, { ...NONE, executions, transitions });
}

/** @param stopped by the first violation */
export function conclude(
  cell: Cell,
  best: Counterexample | null,
  witnesses: ReadonlySet<string>,
  stopped: boolean,
  cut: string | null,
): Conclusion {
  if (best !== null) return { verdict: 'violated', complete: cut === null && !stopped, note: cut };
  if (cut !== null) return { verdict: 'inconclusive', complete: false, note: cut };
  const missing = (cell.scenario.reachable?.(cell.config) ?? []).filter((w) => !witnesses.has(w));
  if (missing.length > 0) return { verdict: 'violated', complete: true, note: `an empty pass: never seen: ${missing.join('; ')}` };
  return { verdict: 'holds', complete: true, note: null };
}

interface Conclusion {
  verdict: Verdict['verdict'];
  complete: boolean;
  note: string | null;
}
