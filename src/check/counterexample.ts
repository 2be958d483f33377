// SPDX-License-Identifier: GPL-2.0-only
/**
 * Of many violating executions the one that is easiest to read. Each is put into the order of its class that says least about how it was found,
 * run again, cut down to the causes of its violation, and put into the order that stays on a CPU as long as it may. What is kept depends on the set of
 * violating classes alone, not on the order in which a search came upon them.
 */
import { Footprint } from '../../cpu/footprint.ts';
import type { Machine, Outcome } from '../../cpu/machine.ts';
import { Defect, type Violation } from '../../cpu/violation.ts';
import { causesOf } from '../engines/explore/causes.ts';
import { Execution } from '../engines/explore/execution.ts';
import { type Difficulty, difficulty, easier, linearise } from '../engines/explore/linearise.ts';
import { realDeath, realise } from '../engines/explore/realisable.ts';
import { type Pick, Replay } from '../engines/replay.ts';
import { drive } from '../engines/strategy.ts';
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
    let again = record(m, found, order);
    // Where a processor can run the class only up to a violation in a handler, what comes after is left out.
    const part = m.inOrder || realise(m, again.execution) !== null ? null : realDeath(m, again.execution)!;
    if (part !== null) again = record(m, part, realise(m, part)!);
    const x = again.execution;
    const violation = judge(this.built, again.outcome!, new Set());
    if (violation === null) throw new Defect('an execution of a violating class has no violation');
    const causes = violation.atEnd ? x : causesOf(m, x, lastOf(x, violation));
    const events = [...realise(m, causes)!].map((i) => causes.events[i]!);
    const picks = events.map((e): Pick => ({ actor: e.actor, choice: e.choice }));
    const whole = difficulty(x.events.slice(0, x.length), cpuOf);
    this.best = better(this.best, { violation, start: this.start, picks, difficulty: difficulty(events, cpuOf), whole });
  }
}

/** Runs the events of an execution again, in another order. */
function record(m: Machine, x: Execution, order: Int32Array): Recording {
  const again = new Recording(
    [...order].map((i) => x.events[i]!),
    x.contexts,
  );
  drive(m, again, () => true);
  return again;
}

/** The event at which the violation was found, or the last one before it of the same context. */
function lastOf(x: Execution, violation: Violation): number {
  let last = Math.min(violation.seq, x.length) - 1;
  while (last > 0 && x.events[last]!.actor !== violation.ctx) last--;
  return last;
}

/** A replay that keeps the records. */
class Recording extends Replay {
  readonly execution: Execution;

  constructor(picks: readonly Pick[], contexts: number) {
    super(picks);
    this.execution = new Execution(contexts);
  }

  override pick(m: Machine, enabled: Int32Array, n: number): number {
    const actor = super.pick(m, enabled, n);
    if (actor < 0) return actor;
    const event = new Footprint();
    m.footprint(actor, event);
    event.choice = this.choose();
    this.execution.push(event);
    return actor;
  }
}
