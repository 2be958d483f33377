// SPDX-License-Identifier: GPL-2.0-only
/**
 * Of many violating executions the one that is easiest to read. Each is put into the order of its class that says least about how it was found,
 * run again, cut down to the causes of its violation, and put into the order that stays on a CPU as long as it may. What is kept depends on the set of
 * violating classes alone, not on the order in which a search came upon them.
 */
import type { Footprint } from '../../cpu/footprint.ts';
import type { Machine, Outcome } from '../../cpu/machine.ts';
import { Defect, type Violation } from '../../cpu/violation.ts';
import { causesOf } from '../engines/explore/causes.ts';
import type { Execution } from '../engines/explore/execution.ts';
import { fewestSwitches } from '../engines/explore/fewest-switches.ts';
import { type Difficulty, difficulty, easier, linearise } from '../engines/explore/linearise.ts';
import { realDeath, realise } from '../engines/explore/realisable.ts';
import { recorded } from '../engines/recorded.ts';
import type { Pick } from '../engines/replay.ts';
import { Watched } from '../engines/watched.ts';
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

  private readonly onRun: ((what: number) => void) | undefined;

  /** @param onRun told what runs: see src/engines/watched.ts */
  constructor(cell: Cell, start: number, onRun?: (what: number) => void) {
    this.cell = cell;
    this.start = start;
    this.onRun = onRun;
  }

  private again(m: Machine, events: readonly Footprint[]): { x: Execution; outcome: Outcome } {
    this.onRun?.(Watched.AGAIN);
    const result = recorded(m, events);
    this.onRun?.(Watched.SEARCHING);
    return result;
  }

  consider(found: Execution): void {
    this.built ??= build(this.cell, this.start);
    const { machine: m } = this.built;
    const cpuOf = (ctx: number): number => m.contexts[ctx]!.id;
    const order = linearise(found, cpuOf, [])!;
    let { x, outcome } = this.again(m, inOrder(found, order));
    // Where a processor can run the class only up to a violation in a handler, what comes after is left out.
    const part = m.inOrder || realise(m, x) !== null ? null : realDeath(m, x)!;
    if (part !== null) ({ x, outcome } = this.again(m, inOrder(part, realise(m, part)!)));
    const violation = judge(this.built, outcome, new Set());
    if (violation === null) throw new Defect('an execution of a violating class has no violation');
    const causes = violation.atEnd ? x : causesOf(m, x, lastsOf(x, violation));
    const events = inOrder(causes, realise(m, causes, fewestSwitches)!);
    const picks = events.map((e): Pick => ({ actor: e.actor, choice: e.choice }));
    const whole = difficulty(x.events.slice(0, x.length), cpuOf);
    this.best = better(this.best, { violation, start: this.start, picks, difficulty: difficulty(events, cpuOf), whole });
  }
}

const inOrder = (x: Execution, order: Int32Array): Footprint[] => [...order].map((i) => x.events[i]!);

/**
 * The events at which the violation was found, or the last ones before it of the same contexts. The two sides of a race are in nobody's past, and may be
 * plain accesses, behind some transition: each side's last one is wanted.
 */
function lastsOf(x: Execution, violation: Violation): number[] {
  const wanted: number[] = [];
  for (const ctx of [violation.ctx, violation.other ?? -1]) {
    const at = Math.min(violation.seq, x.length) - 1;
    let last = at;
    // What is found when a store drains is found at the drain.
    if (ctx !== violation.ctx || x.events[at]!.ctx !== ctx) while (last > 0 && x.events[last]!.actor !== ctx) last--;
    if (ctx >= 0) wanted.push(last);
  }
  return wanted;
}
