// SPDX-License-Identifier: GPL-2.0-only
/**
 * The verdict of one cell: every execution of every starting state, or as many as the limits allow.
 */
import type { Outcome } from '../../cpu/machine.ts';
import type { Violation } from '../../cpu/violation.ts';
import { easier } from '../engines/explore/linearise.ts';
import type { Guarantee } from '../engines/pct.ts';
import { drive, type Strategy, TooLong } from '../engines/strategy.ts';
import { Twice } from '../engines/twice.ts';
import { Watched } from '../engines/watched.ts';
import { type Bound, boundsOf, guaranteeText, RANDOM_PROVES_NOTHING } from './bounds.ts';
import { type Built, build, type Cell, startsOf } from './cell.ts';
import { type Counterexample, counterexampleOf } from './counterexample.ts';
import { type Counts, type Running, type StrategyOptions, startSearch } from './search.ts';

export type { Counterexample } from './counterexample.ts';

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
  witnesses: ReadonlySet<string>;
  counterexample: Counterexample | null;
  /** Of the strategy `pct`: for the starting state with the most actors and the longest run. */
  guarantee: Guarantee | null;
}

/** Violating classes that are looked at for the easiest one. */
const CONSIDERED = 500;

/** Drawn at random where nothing is said. */
const RANDOM_EXECUTIONS = 10_000;

interface Search {
  readonly cell: Cell;
  readonly options: CheckOptions;
  readonly total: Counts;
  readonly witnesses: Set<string>;
  best: Counterexample | null;
  considered: number;
  cut: string | null;
  guarantee: Guarantee | null;
}

const isRandom = (options: CheckOptions): boolean => options.strategy === 'random' || options.strategy === 'pct';

/** @throws NotDeterministic */
export function checkCell(cell: Cell, options: CheckOptions): Verdict {
  const s: Search = {
    ...{ cell, options, total: { executions: 0, blocked: 0, transitions: 0, unrealisable: 0 }, witnesses: new Set<string>() },
    ...{ best: null, considered: 0, cut: null, guarantee: null },
  };
  for (let start = 0; start < startsOf(cell) && s.cut === null && !isDone(s); start++) searchStart(s, start);
  if (isRandom(options)) s.cut ??= s.guarantee === null ? RANDOM_PROVES_NOTHING : guaranteeText(s.guarantee);
  const bounds = boundsOf(options.preemptions, cell.bufferDepth);
  return { ...s.total, witnesses: s.witnesses, bounds, ...conclude(s, bounds), counterexample: s.best, guarantee: s.guarantee };
}

const isDone = (s: Search): boolean => s.options.firstOnly === true && s.best !== null;

function searchStart(s: Search, start: number): void {
  const { options, total } = s;
  options.onRun?.(Watched.SETTING_UP);
  const built = build(s.cell, start);
  const share = Math.ceil((options.maxExecutions ?? RANDOM_EXECUTIONS) / startsOf(s.cell));
  const running = startSearch(options, start, share, (m, outcome, execution) => {
    const violation = judge(built, outcome, s.witnesses);
    if (violation === null || s.considered++ >= CONSIDERED) return;
    const one = counterexampleOf(m, start, execution(), violation);
    if (s.best === null || easier(one.difficulty, s.best.difficulty)) s.best = { ...one, first: s.best?.first ?? one.first };
  });
  const before = { ...total };
  const goOn = (): boolean => {
    add(total, before, running.counts());
    const done = total.executions + total.blocked;
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
  add(total, before, running.counts());
  s.guarantee = larger(s.guarantee, running.guarantee());
}

/** The strategy itself, checked and watched as far as the options want it. */
function strategyOf(s: Search, start: number, running: Running): Strategy {
  const { verifyDeterminism, onRun } = s.options;
  const checked = verifyDeterminism === true ? new Twice(running.strategy, build(s.cell, start).machine) : running.strategy;
  return onRun === undefined ? checked : new Watched(checked, onRun);
}

function add(total: Counts, before: Counts, more: Counts): void {
  for (const key of ['executions', 'blocked', 'transitions', 'unrealisable'] as const) total[key] = before[key] + more[key];
}

/** The weaker of two guarantees holds for both. */
function larger(a: Guarantee | null, b: Guarantee | null): Guarantee | null {
  if (a === null || b === null) return a ?? b;
  const { depth } = a;
  const [actors, transitions] = [Math.max(a.actors, b.actors), Math.max(a.transitions, b.transitions)];
  return { depth, actors, transitions, runs: Math.min(a.runs, b.runs) };
}

/** What an execution is guilty of: the machine's own finding, or a check at its end. */
export function judge(built: Built, outcome: Outcome, witnesses: Set<string>): Violation | null {
  if (outcome.violation !== null) return outcome.violation;
  for (const w of outcome.witnesses) witnesses.add(w);
  if (outcome.state !== 'complete') return null;
  for (const check of built.endChecks) {
    const summary = check.fails();
    if (summary !== null)
      return { kind: check.kind, summary: `${summary} (${check.name})`, ctx: 0, seq: built.machine.seq, atEnd: true, site: 0 };
  }
  return null;
}

type Conclusion = Pick<Verdict, 'verdict' | 'complete' | 'note'>;

function conclude(s: Search, bounds: readonly Bound[]): Conclusion {
  const { cell, cut } = s;
  if (s.best !== null) return { verdict: 'violated', complete: cut === null && !isDone(s), note: cut };
  if (cut !== null) return { verdict: 'inconclusive', complete: false, note: cut };
  const missing = (cell.scenario.reachable?.(cell.config) ?? []).filter((w) => !s.witnesses.has(w)).join('; ');
  if (missing === '') return { verdict: 'holds', complete: true, note: null };
  // Beyond the bounds it may well be seen.
  if (bounds.length > 0) return { verdict: 'inconclusive', complete: true, note: `never seen within ${namesOf(bounds)}: ${missing}` };
  return { verdict: 'violated', complete: true, note: `an empty pass: never seen: ${missing}` };
}

/** "2 preemptions and 1 buffered store" */
export const namesOf = (bounds: readonly Bound[]): string => bounds.map((b) => b.name).join(' and ');
