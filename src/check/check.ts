// SPDX-License-Identifier: GPL-2.0-only
/**
 * The verdict of one cell: every execution of every starting state, or as many as the limits allow.
 */

import type { Footprint } from '../../cpu/footprint.ts';
import type { Machine, Outcome } from '../../cpu/machine.ts';
import { ENTER, EXIT } from '../../cpu/rmw.ts';
import { HANDLER } from '../../cpu/vcpu.ts';
import type { Violation } from '../../cpu/violation.ts';
import { Execution } from '../engines/explore/execution.ts';
import { fewestSwitches } from '../engines/explore/fewest-switches.ts';
import { type Difficulty, difficulty, easier } from '../engines/explore/linearise.ts';
import { type Finding, Optimal } from '../engines/explore/optimal.ts';
import { realise } from '../engines/explore/realisable.ts';
import { Random } from '../engines/random.ts';
import type { Pick } from '../engines/replay.ts';
import { drive, TooLong } from '../engines/strategy.ts';
import { type Built, build, type Cell, startsOf } from './cell.ts';

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

/** A violating execution, in the order easiest to read. */
export interface Counterexample {
  violation: Violation;
  start: number;
  picks: readonly Pick[];
  difficulty: Difficulty;
  /** The first one that was found, as it was found. */
  first: Difficulty;
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
  witnesses: ReadonlySet<string>;
  counterexample: Counterexample | null;
}

/** Violating classes that are looked at for the easiest one. */
const CONSIDERED = 500;

/** Drawn at random where nothing is said. */
const RANDOM_EXECUTIONS = 10_000;

export function checkCell(cell: Cell, options: CheckOptions): Verdict {
  const v = { executions: 0, blocked: 0, transitions: 0, unrealisable: 0 };
  const witnesses = new Set<string>();
  const s: Search = { cell, options, best: null, witnesses, considered: 0, stopped: false };
  let cut: string | null = null;
  for (let start = 0; start < startsOf(cell) && cut === null && !s.stopped; start++) {
    const stats = { executions: v.executions, pending: 0 };
    const goOn = (): boolean => {
      options.onProgress?.(stats.executions, stats.pending);
      if (s.stopped) return false;
      const most = options.strategy === 'random' ? undefined : options.maxExecutions; // a random search counts its own draws
      if (stats.executions >= (most ?? Number.POSITIVE_INFINITY)) cut = `cut after ${stats.executions} executions`;
      else if (options.goOn?.() === false) cut = 'cut by the time limit, or interrupted';
      return cut === null;
    };
    try {
      if (options.strategy === 'random') drawRandom(s, start, v, stats, goOn);
      else runOptimal(s, start, v, stats, goOn);
    } catch (e) {
      if (!(e instanceof TooLong)) throw e;
      cut = e.message;
    }
  }
  if (options.strategy === 'random') cut ??= 'random executions prove nothing';
  return { ...v, witnesses, ...conclude(cell, s, cut), counterexample: s.best };
}

interface Search {
  readonly cell: Cell;
  readonly options: CheckOptions;
  best: Counterexample | null;
  readonly witnesses: Set<string>;
  considered: number;
  stopped: boolean;
}

type Counts = { executions: number; blocked: number; transitions: number; unrealisable: number };

function runOptimal(s: Search, start: number, v: Counts, live: { executions: number; pending: number }, goOn: () => boolean): void {
  const built = build(s.cell, start);
  const base = v.executions;
  const search = new Optimal((m, f) => {
    const violation = judge(built, f.outcome, s.witnesses);
    if (violation !== null && s.considered++ < CONSIDERED) consider(s, start, m, f, violation);
  });
  drive(built.machine, search, () => {
    live.executions = base + search.stats.executions + search.stats.blocked;
    live.pending = search.pending;
    return goOn();
  });
  v.executions += search.stats.executions;
  v.blocked += search.stats.blocked;
  v.transitions += search.stats.transitions;
  v.unrealisable += search.stats.unrealisable;
}

function drawRandom(s: Search, start: number, v: Counts, live: { executions: number; pending: number }, goOn: () => boolean): void {
  const built = build(s.cell, start);
  const cpuOf = (ctx: number): number => built.machine.contexts[ctx]!.id;
  const share = Math.ceil((s.options.maxExecutions ?? RANDOM_EXECUTIONS) / startsOf(s.cell));
  const search = new Random((s.options.seed ?? 1) + start, share, (m, outcome, picks) => {
    live.executions = ++v.executions;
    v.transitions += picks.length;
    const violation = judge(built, outcome, s.witnesses);
    if (violation === null) return;
    const T = m.contexts.length;
    const d = {
      ...difficulty([], cpuOf),
      length: picks.length,
      switches: picks.filter((p, i) => i > 0 && p.actor % T !== picks[i - 1]!.actor % T).length,
    };
    keep(s, { violation, start, picks: [...picks], difficulty: d, first: s.best?.first ?? d });
  });
  drive(built.machine, search, goOn);
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

/** Puts the class's easiest order beside the best one known. */
function consider(s: Search, start: number, m: Machine, f: Finding, violation: Violation): void {
  const cpuOf = (ctx: number): number => m.contexts[ctx]!.id;
  const found = difficulty(f.execution.events.slice(0, f.execution.length), cpuOf);
  const x = violation.atEnd ? f.execution : causesOf(m, f.execution, violation);
  const order = realise(m, x, fewestSwitches)!;
  const events: Footprint[] = [...order].map((i) => x.events[i]!);
  const picks = events.map((e): Pick => ({ actor: e.actor, choice: e.choice }));
  keep(s, { violation, start, picks, difficulty: difficulty(events, cpuOf), first: s.best?.first ?? found });
}

/**
 * The violation's causal past: what neither it nor anything before it depends on is left out; a handler that has begun is run to its end. The two sides
 * of a race are in nobody's past, and may be plain accesses, behind some transition: each side's last one is wanted.
 */
function causesOf(m: Machine, x: Execution, violation: Violation): Execution {
  const wanted: number[] = [];
  for (const ctx of [violation.ctx, violation.other ?? -1]) {
    let last = Math.min(violation.seq, x.length) - 1;
    while (last > 0 && x.events[last]!.actor !== ctx) last--;
    if (ctx >= 0) wanted.push(last);
  }
  for (let i = x.length - 1; i >= 0; i--) {
    const r = x.events[i]!;
    const begun = (h: Footprint, k: number): boolean => h.ctx === r.ctx && k < i && h.fn === ENTER && wanted.some((w) => x.before(k, w));
    if (r.fn === EXIT && m.contexts[r.ctx]!.role === HANDLER && x.events.slice(0, i).some(begun)) wanted.push(i);
  }
  const past = new Execution(x.contexts);
  for (let i = 0; i < x.length; i++) if (wanted.some((w) => x.before(i, w))) past.push(x.events[i]!);
  return past;
}

function keep(s: Search, one: Counterexample): void {
  if (s.best === null || easier(one.difficulty, s.best.difficulty)) s.best = one;
  if (s.options.firstOnly === true) s.stopped = true;
}

function conclude(cell: Cell, s: Search, cut: string | null): Conclusion {
  if (s.best !== null) return { verdict: 'violated', complete: cut === null && !s.stopped, note: cut };
  if (cut !== null) return { verdict: 'inconclusive', complete: false, note: cut };
  const missing = (cell.scenario.reachable?.(cell.config) ?? []).filter((w) => !s.witnesses.has(w));
  if (missing.length > 0) return { verdict: 'violated', complete: true, note: `an empty pass: never seen: ${missing.join('; ')}` };
  return { verdict: 'holds', complete: true, note: null };
}

interface Conclusion {
  verdict: Verdict['verdict'];
  complete: boolean;
  note: string | null;
}
