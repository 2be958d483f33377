// SPDX-License-Identifier: GPL-2.0-only
/**
 * Optimal dynamic partial order reduction: runs exactly one execution of every class of executions that differ in what some load reads, in
 * the order of writes of some word, or in some choice.
 *
 * Reference: Abdulla, Aronis, Jonsson, Sagonas (POPL 2014) for wakeup trees; Abdulla et al. (TACAS 2015) for the order on TSO; waits after
 * Jonsson, Lang, Sagonas, "Awaiting for Godot" (VMCAI 2022). Every race of an execution is considered, old prefix included: a new event
 * behind it may make another class reachable.
 */
import { Footprint } from '../../../cpu/footprint.ts';
import { entersHandler } from '../../../cpu/interrupts.ts';
import { ACQUIRE, AWAIT, CHOOSE } from '../../../cpu/kinds.ts';
import type { Machine, Outcome } from '../../../cpu/machine.ts';
import { CALLBACK, PROGRAM } from '../../../cpu/vcpu.ts';
import { Defect } from '../../../cpu/violation.ts';
import type { Strategy } from '../strategy.ts';
import { dependent } from './dependence.ts';
import { Execution } from './execution.ts';
import { moved } from './moved.ts';
import { isReal } from './realisable.ts';
import { type Insertion, type Part, pack, type Subtree, WHOLE } from './subtree.ts';
import { type Frame, insert } from './wakeup-tree.ts';

export interface ExploreStats {
  /** Classes run to the end of every program. */
  executions: number;
  /** Classes in which some context is cut or waits for ever. */
  blocked: number;
  /** Classes given up because everything enabled had been run: 0 for an optimal search. */
  redundant: number;
  /** Classes of the relaxed machine that no real machine can run: a program moved while its handler ran. */
  unrealisable: number;
  /** Transitions run, those replayed included. */
  transitions: number;
  deepest: number;
}

export interface Finding {
  outcome: Outcome;
  execution: Execution;
}

export class Optimal implements Strategy {
  readonly stats: ExploreStats = { executions: 0, blocked: 0, redundant: 0, unrealisable: 0, transitions: 0, deepest: 0 };
  private readonly onExecution: (m: Machine, f: Finding) => void;
  /** What has to be run besides, outside the subtree. */
  readonly outside: Insertion[] = [];
  private x: Execution | null = null;
  private readonly root: number;
  private readonly frames: Frame[];
  /** Events of the present execution that are replayed from the last one. */
  private keep = 0;
  private depth = 0;
  private choice = 0;
  private redundant = false;
  /** Nothing is left to be run. */
  over = false;
  /** For a record that may not be kept. */
  private spare = new Footprint();

  /**
   * @param onExecution told of every class that a real machine can run
   * @param part of the tree that is explored; it is used up
   */
  constructor(onExecution: (m: Machine, f: Finding) => void, part: Part = WHOLE()) {
    this.onExecution = onExecution;
    this.root = part.root;
    this.frames = part.frames;
  }

  /** Between two executions: what is still to be run of the subtree, or null. */
  get rest(): Subtree | null {
    return this.over ? null : pack({ root: this.root, frames: this.frames });
  }

  begin(): boolean {
    this.depth = 0;
    this.redundant = false;
    return !this.over;
  }

  /** Branches that are known and not yet run, on the present path. */
  get pending(): number {
    let n = 0;
    for (let d = this.root; d < this.frames.length; d++) n += this.frames[d]!.branches.length - 1;
    return n;
  }

  /**
   * How much of the subtree has been run, 0 to 1, if the branches that are known at a depth are equally large and no other is found.
   * Reference: Kilby, Slaney, Thiébaux, Walsh, "Estimating search tree size" (AAAI 2006), the weighted backtrack estimator.
   */
  get explored(): number {
    if (this.over) return 1;
    let done = 0;
    let weight = 1;
    for (let d = this.root; d < this.frames.length; d++) {
      const { sleep, inherited, branches } = this.frames[d]!;
      const elder = sleep.length - inherited;
      weight /= elder + branches.length;
      done += weight * elder;
    }
    return done;
  }

  replay(): number {
    if (this.depth >= this.keep) return -1;
    this.stats.transitions++;
    const r = this.x!.events[this.depth++]!;
    this.choice = r.choice;
    return r.actor;
  }

  pick(m: Machine, enabled: Int32Array, n: number): number {
    this.x ??= new Execution(m.contexts.length);
    const x = this.x;
    const d = this.depth++;
    this.stats.transitions++;
    x.length = d;
    const frame = this.frameAt(x, d);
    let event: Footprint | null;
    if (frame.branches.length === 0) {
      event = this.first(m, frame, enabled, n);
      if (event === null) {
        this.redundant = true;
        this.frames.length = d;
        return -1;
      }
      frame.branches.push({ event, children: [], closed: true });
    } else {
      event = this.fresh(m, frame.branches[0]!.event, enabled, n);
      frame.branches[0]!.event = event;
    }
    x.push(event);
    this.choice = event.choice;
    return event.actor;
  }

  choose(): number {
    return this.choice;
  }

  /** The frame behind the first d events: what sleeps above and is independent of the last of them sleeps here too. */
  private frameAt(x: Execution, d: number): Frame {
    const up = d === 0 ? null : this.frames[d - 1]!;
    this.frames[d] ??= { sleep: [], inherited: -1, branches: up === null ? [] : up.branches[0]!.children };
    const frame = this.frames[d];
    if (frame.inherited >= 0) return frame;
    const r = x.events[d - 1];
    const { sleep } = frame;
    if (sleep.length > 0) frame.sleep = [];
    if (up !== null) for (const s of up.sleep) if (s.actor !== r!.actor && !dependent(r!, s, x.contexts)) frame.sleep.push(s);
    frame.inherited = frame.sleep.length;
    if (sleep !== frame.sleep) frame.sleep.push(...sleep);
    return frame;
  }

  /** The record of a planned event, made afresh in the present state. */
  private fresh(m: Machine, planned: Footprint, enabled: Int32Array, n: number): Footprint {
    let i = 0;
    while (i < n && enabled[i] !== planned.actor) i++;
    if (i === n) throw new Defect(`a planned event of actor ${planned.actor} cannot run`);
    const event = new Footprint();
    m.footprint(planned.actor, event);
    event.choice = planned.choice;
    return event;
  }

  /** Any enabled event that does not sleep; handlers that have begun, then programs, then drains, then interrupts and callbacks. */
  private first(m: Machine, frame: Frame, enabled: Int32Array, n: number): Footprint | null {
    const T = m.contexts.length;
    let best = -1;
    let bestRank = 9;
    for (let i = 0; i < n; i++) {
      const actor = enabled[i]!;
      if (sleeps(frame, actor)) continue;
      const rank = actor >= T ? 2 : rankOf(m, actor);
      if (rank < bestRank) {
        best = actor;
        bestRank = rank;
      }
    }
    if (best < 0) return null;
    const event = new Footprint();
    m.footprint(best, event);
    return event;
  }

  end(m: Machine, outcome: Outcome): void {
    const x = this.x;
    const { stats } = this;
    if (x === null) {
      this.over = true;
      this.report(m, { outcome, execution: new Execution(m.contexts.length) });
      return;
    }
    x.length = this.redundant ? this.depth - 1 : this.depth;
    if (x.length > stats.deepest) stats.deepest = x.length;
    if (this.redundant) stats.redundant++;
    else {
      if (!m.inOrder && !isReal(m, x)) stats.unrealisable++;
      else this.report(m, { outcome, execution: x });
      this.considerRaces(m, x);
    }
    this.back(x);
  }

  private report(m: Machine, finding: Finding): void {
    if (finding.outcome.stuck) this.stats.blocked++;
    else this.stats.executions++;
    this.onExecution(m, finding);
  }

  private considerRaces(m: Machine, x: Execution): void {
    const T = x.contexts;
    for (let f = 0; f < x.length; f++) {
      const r = x.events[f]!;
      this.reverseRaces(m, x, x.races[f]!, r);
      if (r.kind !== CHOOSE) continue;
      for (let k = 0; k < r.alternatives; k++) {
        if (k === r.choice) continue;
        const other = new Footprint().copyFrom(r);
        other.choice = k;
        const v = x.independentOf([f]);
        v.push(other);
        this.plan(f, v, T);
      }
    }
    for (const c of m.contexts) {
      if (c.kind !== AWAIT && c.kind !== ACQUIRE) continue;
      const r = new Footprint(); // waits for ever here; it may have been able to go on earlier
      m.footprint(c.ctx, r);
      const races: number[] = [];
      x.waitRaces(r, x.length, races);
      this.reverseRaces(m, x, races, r);
    }
  }

  /** Behind the first d events, v is to be run. @returns whether it was not to be run before */
  private plan(d: number, v: readonly Footprint[], contexts: number): boolean {
    if (!insert(this.frames[d]!, v, contexts)) return false;
    if (d < this.root) this.outside.push({ depth: d, v });
    return true;
  }

  private reverseRaces(m: Machine, x: Execution, races: readonly number[], r: Footprint): void {
    const waits = r.kind === AWAIT || r.kind === ACQUIRE;
    for (const e of races) this.reverse(m, x, [e], r, waits && x.events[e]!.commute >= 0 ? races : []);
  }

  /**
   * Runs r before the events `dropped`, in the order of the execution. Among `more`, those that commute with them are dropped too, in every
   * combination: a wait that no single one of them lets through may be let through by several.
   */
  private reverse(m: Machine, x: Execution, dropped: readonly number[], r: Footprint, more: readonly number[]): void {
    const e = dropped[0]!;
    const v = x.independentOf(dropped);
    const last = moved(m, x, r, e, v, this.spare);
    if (last !== null) {
      v.push(last);
      if (this.plan(e, v, x.contexts) && last === this.spare) this.spare = new Footprint();
    }
    const { commute, at } = x.events[e]!;
    for (const j of more) {
      const q = x.events[j]!;
      if (j <= dropped.at(-1)! || q.commute !== commute || q.at !== at || dropped.some((d) => x.before(d, j))) continue;
      this.reverse(m, x, [...dropped, j], r, more);
    }
  }

  /** To the deepest frame of the subtree that has a branch left. */
  private back(x: Execution): void {
    let d = x.length;
    while (d > this.root) {
      const frame = this.frames[--d]!;
      frame.sleep.push(frame.branches.shift()!.event);
      if (frame.branches.length > 0) {
        this.keep = d;
        this.frames.length = d + 1;
        return;
      }
      this.frames.length = d;
    }
    this.over = true;
  }
}

function sleeps({ sleep }: Frame, actor: number): boolean {
  for (let i = 0; i < sleep.length; i++) if (sleep[i]!.actor === actor && sleep[i]!.choice === 0) return true;
  return false;
}

function rankOf(m: Machine, actor: number): number {
  const c = m.contexts[actor]!;
  if (c.role >= CALLBACK) return 4;
  if (m.standsStill(c) || entersHandler(c)) return 3;
  return c.role === PROGRAM ? 1 : 0;
}
