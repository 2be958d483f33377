// SPDX-License-Identifier: GPL-2.0-only
/**
 * Of many violating executions the one that is easiest to read. Each is put into the order of its class that says least about how it was found,
 * run again, cut down to the causes of its violation, and put into the order that stays on a CPU as long as it may. What is kept depends on the set of
 * violating classes alone, not on the order in which a search came upon them.
 */
import type { Footprint } from '../../cpu/footprint.ts';
import { ACQUIRE, DRAIN } from '../../cpu/kinds.ts';
import type { Machine, Outcome } from '../../cpu/machine.ts';
import { ENTER, EXIT } from '../../cpu/rmw.ts';
import { HANDLER } from '../../cpu/vcpu.ts';
import { Defect, type Violation } from '../../cpu/violation.ts';
import { Execution } from '../engines/explore/execution.ts';
import { fewestSwitches } from '../engines/explore/fewest-switches.ts';
import { type Difficulty, difficulty, easier, linearise } from '../engines/explore/linearise.ts';
import { realise } from '../engines/explore/realisable.ts';
import { recorded } from '../engines/recorded.ts';
import type { Pick } from '../engines/replay.ts';
import { type Built, build, type Cell } from './cell.ts';

export interface Counterexample {
  violation: Violation;
  start: number;
  picks: readonly Pick[];
  difficulty: Difficulty;
  /** Of the whole execution, before it was cut down. */
  whole: Difficulty;
}

/** The one to be kept; the same whichever comes first. */
export function better(a: Counterexample | null, b: Counterexample | null): Counterexample | null {
  if (a === null || b === null) return a ?? b;
  if (easier(a.difficulty, b.difficulty)) return a;
  return easier(b.difficulty, a.difficulty) || comesBefore(b, a) ? b : a;
}

function comesBefore(a: Counterexample, b: Counterexample): boolean {
  if (a.start !== b.start) return a.start < b.start;
  for (const [i, p] of a.picks.entries()) {
    const q = b.picks[i]!; // of equal difficulty, hence of equal length
    if (p.actor !== q.actor) return p.actor < q.actor;
    if (p.choice !== q.choice) return p.choice < q.choice;
  }
  return false;
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

/** Collects the violating executions of one starting state of a cell. */
export class Counterexamples {
  private readonly cell: Cell;
  private readonly start: number;
  /** A machine of its own: the search has not done with that of the execution. */
  private built: Built | null = null;
  best: Counterexample | null = null;

  constructor(cell: Cell, start: number) {
    this.cell = cell;
    this.start = start;
  }

  consider(found: Execution): void {
    this.built ??= build(this.cell, this.start);
    const { machine: m } = this.built;
    const cpuOf = (ctx: number): number => m.contexts[ctx]!.id;
    const order = linearise(found, cpuOf, [])!;
    const classOrder = [...order].map((k) => found.events[k]!);
    const { x, outcome } = recorded(m, classOrder);
    const violation = judge(this.built, outcome, new Set());
    if (violation === null) throw new Defect('an execution of a violating class has no violation');
    const causes = violation.atEnd ? x : causesOf(m, x, violation);
    const events = [...realise(m, causes, fewestSwitches)!].map((i) => causes.events[i]!);
    const picks = events.map((e): Pick => ({ actor: e.actor, choice: e.choice }));
    const whole = difficulty(x.events.slice(0, x.length), cpuOf);
    this.best = better(this.best, { violation, start: this.start, picks, difficulty: difficulty(events, cpuOf), whole });
  }
}

/**
 * The violation's causal past: what neither it nor anything before it depends on is left out. The two sides of a race are in nobody's past, and may be
 * plain accesses, behind some transition: each side's last one is wanted.
 */
function causesOf(m: Machine, x: Execution, violation: Violation): Execution {
  const wanted: number[] = [];
  for (const ctx of [violation.ctx, violation.other ?? -1]) {
    let last = Math.min(violation.seq, x.length) - 1;
    while (last > 0 && x.events[last]!.actor !== ctx) last--;
    if (ctx >= 0) wanted.push(last);
  }
  // Only interrupts need more than the causes.
  const entered = new Set<number>();
  for (let i = 0; i < x.length; i++)
    if (x.events[i]!.fn === ENTER && x.events[i]!.kind === ACQUIRE) entered.add(m.contexts[x.events[i]!.ctx]!.id);
  const concerned = Array.from({ length: x.length }, (_, i) => i).filter((i) => entered.has(m.contexts[x.events[i]!.ctx]!.id));
  for (let known = 0; known < wanted.length; ) {
    known = wanted.length;
    for (const i of concerned) {
      if (!wanted.some((w) => x.before(i, w)) && (completes(m, x, i, wanted) || emptiesBuffer(m, x, i, wanted))) wanted.push(i);
    }
  }
  const past = new Execution(x.contexts);
  for (let i = 0; i < x.length; i++) if (wanted.some((w) => x.before(i, w))) past.push(x.events[i]!);
  return past;
}

/** The return of a handler that has begun: it is run to its end. */
function completes(m: Machine, x: Execution, i: number, wanted: readonly number[]): boolean {
  const r = x.events[i]!;
  if (r.fn !== EXIT || r.kind === DRAIN || m.contexts[r.ctx]!.role !== HANDLER) return false;
  return x.events.slice(0, i).some((h, k) => h.ctx === r.ctx && h.fn === ENTER && wanted.some((w) => x.before(k, w)));
}

/** A store that the program has left behind has to drain before an interrupt is taken, whoever sees it. */
function emptiesBuffer(m: Machine, x: Execution, i: number, wanted: readonly number[]): boolean {
  const r = x.events[i]!;
  if (r.kind !== DRAIN) return false;
  const has = (test: (e: Footprint) => boolean): boolean =>
    x.events.slice(0, x.length).some((e, k) => test(e) && wanted.some((w) => x.before(k, w)));
  const handler = m.cpus + r.ctx;
  return (
    r.ctx < m.cpus &&
    has((e) => e.ctx === handler && e.kind !== DRAIN && e.fn === ENTER) &&
    has((e) => e.ctx === r.ctx && e.kind !== DRAIN && e.place > r.issuedAt)
  );
}
