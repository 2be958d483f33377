// SPDX-License-Identifier: GPL-2.0-only
/**
 * The verdict of one cell: every execution of every starting state, or as many as the limits allow.
 */
import type { Guarantee } from '../engines/pct.ts';
import { drive, type Strategy, TooLong } from '../engines/strategy.ts';
import { Twice } from '../engines/twice.ts';
import { Watched } from '../engines/watched.ts';
import { type Bound, boundsOf, guaranteeText, RANDOM_PROVES_NOTHING } from './bounds.ts';
import { build, type Cell, startsOf } from './cell.ts';
import { better, type Counterexample, Counterexamples, judge } from './counterexample.ts';
import { type Running, type StrategyOptions, startSearch } from './search.ts';
import { type Counts, NONE, sumOf } from './slice.ts';

export interface Limits {
  /** For a random strategy, how many it draws: 10,000 where nothing is said. @default no limit */
  maxExecutions?: number;
  /** Asked between executions: go on? @default yes */
  goOn?: () => boolean;
}

export interface CheckOptions extends Limits, StrategyOptions {
  /** Stop at the first violation; otherwise all are looked at, for the one that is easiest to read. @default false */
  firstOnly?: boolean;
  /** Run every schedule twice, and throw NotDeterministic where the two differ. @default false */
  verifyDeterminism?: boolean;
  /** Told after each execution. */
  onProgress?: (executions: number, pending: number) => void;
  /** Told what runs: an actor, SETTING_UP, or SEARCHING between transitions. */
  onRun?: (what: number) => void;
}

export interface Verdict {
  verdict: 'holds' | 'violated' | 'inconclusive';
  /** Every execution within the bounds was run. */
  complete: boolean;
  /** What bounds the search beyond the scenario's own bounds. */
  bounds: readonly Bound[];
  /** Why it is inconclusive, or what a pass lacks. */
  note: string | null;
  executions: number;
  blocked: number;
  transitions: number;
  unrealisable: number;
  redundant: number;
  witnesses: ReadonlySet<string>;
  counterexample: Counterexample | null;
  /** Of the strategy `pct`: for the starting state with the most actors and the longest run. */
  guarantee: Guarantee | null;
}

/** Drawn at random where nothing is said. */
const RANDOM_EXECUTIONS = 10_000;

interface Search {
  readonly cell: Cell;
  readonly options: CheckOptions;
  /** Of the starting states that are done, and with what there is of the present one. */
  done: Counts;
  total: Counts;
  readonly witnesses: Set<string>;
  best: Counterexample | null;
  cut: string | null;
  guarantee: Guarantee | null;
}

const isRandom = (options: CheckOptions): boolean => options.strategy === 'random' || options.strategy === 'pct';

/** @throws NotDeterministic */
export function checkCell(cell: Cell, options: CheckOptions): Verdict {
  const s: Search = {
    ...{ cell, options, done: NONE, total: NONE, witnesses: new Set<string>() },
    ...{ best: null, cut: null, guarantee: null },
  };
  for (let start = 0; start < startsOf(cell) && s.cut === null && !isDone(s); start++) searchStart(s, start);
  if (isRandom(options)) s.cut ??= s.guarantee === null ? RANDOM_PROVES_NOTHING : guaranteeText(s.guarantee);
  const bounds = boundsOf(options.preemptions, cell.bufferDepth);
  return {
    ...s.total,
    witnesses: s.witnesses,
    bounds,
    ...conclude(cell, s, isDone(s), bounds),
    counterexample: s.best,
    guarantee: s.guarantee,
  };
}

const isDone = (s: Search): boolean => s.options.firstOnly === true && s.best !== null;

function searchStart(s: Search, start: number): void {
  const { options } = s;
  options.onRun?.(Watched.SETTING_UP);
  const built = build(s.cell, start);
  const share = Math.ceil((options.maxExecutions ?? RANDOM_EXECUTIONS) / startsOf(s.cell));
  const found = new Counterexamples(s.cell, start, options.onRun);
  const running = startSearch(options, start, share, (_, outcome, execution) => {
    if (judge(built, outcome, s.witnesses) === null) return;
    found.consider(execution());
    s.best = better(s.best, found.best);
  });
  const goOn = (): boolean => {
    s.total = sumOf(s.done, running.counts());
    const done = s.total.executions + s.total.blocked;
    options.onProgress?.(done, running.pending());
    if (isDone(s)) return false;
    // A random search counts its own draws.
    if (!isRandom(options) && done >= (options.maxExecutions ?? Number.POSITIVE_INFINITY)) s.cut = `cut after ${done} executions`;
    else if (options.goOn?.() === false) s.cut = 'cut by the time limit, or interrupted';
    return s.cut === null;
  };
  try {
    drive(built.machine, strategyOf(s, start, running), goOn);
  } catch (e) {
    if (!(e instanceof TooLong)) throw e;
    s.cut = e.message;
  }
  s.total = s.done = sumOf(s.done, running.counts());
  s.guarantee = larger(s.guarantee, running.guarantee());
}

/** The strategy itself, checked and watched as far as the options want it. */
function strategyOf(s: Search, start: number, running: Running): Strategy {
  const { verifyDeterminism, onRun } = s.options;
  const checked = verifyDeterminism === true ? new Twice(running.strategy, build(s.cell, start).machine) : running.strategy;
  return onRun === undefined ? checked : new Watched(checked, onRun);
}

/** The weaker of two guarantees holds for both. */
function larger(a: Guarantee | null, b: Guarantee | null): Guarantee | null {
  if (a === null || b === null) return a ?? b;
  const { depth } = a;
  const [actors, transitions] = [Math.max(a.actors, b.actors), Math.max(a.transitions, b.transitions)];
  return { depth, actors, transitions, runs: Math.min(a.runs, b.runs) };
}

type Conclusion = Pick<Verdict, 'verdict' | 'complete' | 'note'>;

/** What was found, by anybody. */
interface Found {
  readonly best: Counterexample | null;
  readonly witnesses: ReadonlySet<string>;
  /** What ended the search before its end. */
  readonly cut: string | null;
}

/** @param stopped by the first violation */
export function conclude(cell: Cell, { best, witnesses, cut }: Found, stopped: boolean, bounds: readonly Bound[]): Conclusion {
  if (best !== null) return { verdict: 'violated', complete: cut === null && !stopped, note: cut };
  if (cut !== null) return { verdict: 'inconclusive', complete: false, note: cut };
  const missing = (cell.scenario.reachable?.(cell.config) ?? []).filter((w) => !witnesses.has(w)).join('; ');
  if (missing === '') return { verdict: 'holds', complete: true, note: null };
  // Beyond the bounds it may well be seen.
  if (bounds.length > 0) return { verdict: 'inconclusive', complete: true, note: `never seen within ${namesOf(bounds)}: ${missing}` };
  return { verdict: 'violated', complete: true, note: `an empty pass: never seen: ${missing}` };
}

/** "2 preemptions and 1 buffered store" */
export const namesOf = (bounds: readonly Bound[]): string => bounds.map((b) => b.name).join(' and ');
