// SPDX-License-Identifier: GPL-2.0-only
/**
 * Every execution with at most so many preemptions, by depth-first search over real schedules, the cheapest step first. Two prefixes with the same
 * happens-before order lead to the same state; where they also ended on the same vCPU, what can follow at what cost is the same, and it is explored
 * once, from the cheaper of the two. Nothing sleeps: an order that a sleep set would leave to a sibling may lie within the bound only here.
 *
 * Reference: Musuvathi, Qadeer, "Iterative context bounding" (PLDI 2007) for the bound; Musuvathi, Qadeer, "Partial-order reduction for
 * context-bounded state exploration" (MSR-TR-2007-12) for signatures of happens-before orders; what counts: docs/strategies.md.
 */
import { Footprint } from '../../cpu/footprint.ts';
import { CHOOSE } from '../../cpu/kinds.ts';
import type { Machine, Outcome } from '../../cpu/machine.ts';
import { Execution } from './explore/execution.ts';
import type { Finding } from './explore/optimal.ts';
import { Preemptions } from './preemptions.ts';
import { keepReal } from './real.ts';
import type { Pick } from './replay.ts';
import { Seen } from './seen.ts';
import { Signatures } from './signatures.ts';
import type { Strategy } from './strategy.ts';

export interface BoundedStats {
  /** Classes run to the end of every program, each counted once. */
  executions: number;
  /** Classes in which some context is cut or waits for ever. */
  blocked: number;
  /** Executions given up where they met what had been explored. */
  met: number;
  transitions: number;
}

/** A step that the bound allows, what the execution has cost behind it, and whose context was the last one then. */
interface Step extends Pick {
  cost: number;
  last: number;
}

/** In place of the last context, for whole executions. */
const END = -2;

const START = { cost: 0, last: -1 };

export class Bounded implements Strategy {
  readonly stats: BoundedStats = { executions: 0, blocked: 0, met: 0, transitions: 0 };
  private readonly most: number;
  private readonly onExecution: (m: Machine, f: Finding) => void;
  private readonly seen: Seen | null;
  /** Steps not yet taken at each depth, the next one last. */
  private readonly frames: Step[][] = [];
  /** The steps of the present execution. */
  private readonly path: Step[] = [];
  private x: Execution | null = null;
  private readonly signatures = new Signatures();
  private depth = 0;
  private met = false;
  private over = false;

  /**
   * @param most preemptions
   * @param onExecution told of every class within the bound
   * @param seen where prefixes are remembered; null: every order is run, and told
   */
  constructor(most: number, onExecution: (m: Machine, f: Finding) => void, seen: Seen | null = new Seen()) {
    this.seen = seen;
    this.most = most;
    this.onExecution = onExecution;
  }

  /** Steps that are known and not yet taken, on the present path. */
  get pending(): number {
    return this.frames.reduce((n, steps) => n + steps.length, 0);
  }

  begin(): boolean {
    this.depth = 0;
    this.met = false;
    return !this.over;
  }

  pick(m: Machine, enabled: Int32Array, n: number): number {
    const d = this.depth;
    // Below the deepest frame everything is as it was.
    if (d + 1 < this.frames.length) return this.take(this.path[d]!);
    this.x ??= new Execution(m.contexts.length);
    this.x.length = d;
    if (d === this.frames.length && !this.open(m, enabled, n)) return -1;
    const step = this.frames[d]!.pop()!;
    this.path[d] = step;
    const event = new Footprint();
    m.footprint(step.actor, event);
    event.choice = step.choice;
    this.x.push(event);
    this.signatures.push(this.x);
    return this.take(step);
  }

  private take(step: Step): number {
    this.depth++;
    this.stats.transitions++;
    return step.actor;
  }

  choose(): number {
    return this.path[this.depth - 1]!.choice;
  }

  /** What may come next. @returns false if nothing can, or if it was explored before */
  private open(m: Machine, enabled: Int32Array, n: number): boolean {
    const d = this.depth;
    const { cost, last } = d === 0 ? START : this.path[d - 1]!;
    const real = keepReal(m, enabled, n);
    const price = new Preemptions(m, enabled.subarray(0, real), last);
    const [a, b, c] = this.signatures.at(d, price.leaves);
    if (this.seen?.visit(a, b, c, cost)) {
      this.met = true;
      return false;
    }
    const steps: Step[] = [];
    for (let i = 0; i < real; i++) {
      const actor = enabled[i]!;
      const after = cost + price.of(actor);
      if (after > this.most) continue;
      const pending = m.contexts[actor];
      const alternatives = pending?.kind === CHOOSE ? pending.a0 : 1;
      for (let choice = 0; choice < alternatives; choice++)
        steps.push({ actor, choice, cost: after, last: price.isFree(actor) ? last : actor % m.contexts.length });
    }
    if (steps.length === 0) return false;
    this.frames[d] = steps.sort((p, q) => q.cost - p.cost || q.actor - p.actor || q.choice - p.choice);
    return true;
  }

  end(m: Machine, outcome: Outcome): void {
    const x = (this.x ??= new Execution(m.contexts.length));
    if (this.met) this.stats.met++;
    else {
      x.length = this.depth;
      const [a, b, c] = this.signatures.at(this.depth, END);
      if (!this.seen?.visit(a, b, c, 0)) {
        if (outcome.stuck) this.stats.blocked++;
        else this.stats.executions++;
        this.onExecution(m, { outcome, execution: x });
      }
    }
    while (this.frames.at(-1)?.length === 0) this.frames.pop();
    this.over = this.frames.length === 0;
  }
}
