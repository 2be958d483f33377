// SPDX-License-Identifier: GPL-2.0-only
/**
 * Random executions: a number of them, each real at every step. Of the enabled actors the one with the highest priority moves; a policy says when
 * priorities change. Alternatives of a choice are drawn evenly.
 *
 * Reference: Burckhardt et al., "A randomized scheduler with probabilistic guarantees of finding bugs" (ASPLOS 2010).
 */
import type { Machine, Outcome } from '../../cpu/machine.ts';
import { keepReal } from './real.ts';
import type { Pick } from './replay.ts';
import type { Strategy } from './strategy.ts';
import { Xorshift } from './xorshift.ts';

export interface Policy {
  /** Another execution. */
  begin(random: Xorshift): void;
  /**
   * The actor moves now, of the n enabled ones. @param priority of each actor: 0 makes it be drawn anew, what is below LOWEST_DRAWN lies below all drawn
   * ones
   */
  moves(m: Machine, actor: number, enabled: Int32Array, n: number, priority: Int32Array): void;
}

export const LOWEST_DRAWN = 1000;

export class Drawn implements Strategy {
  private readonly policy: Policy;
  private readonly random: Xorshift;
  private readonly onExecution: (m: Machine, outcome: Outcome, picks: readonly Pick[]) => void;
  private priority = new Int32Array(0);
  private picks: Pick[] = [];
  private left: number;

  /**
   * @param seed any integer
   * @param executions how many to draw
   */
  constructor(
    policy: Policy,
    seed: number,
    executions: number,
    onExecution: (m: Machine, outcome: Outcome, picks: readonly Pick[]) => void,
  ) {
    this.policy = policy;
    this.random = new Xorshift(seed);
    this.left = executions;
    this.onExecution = onExecution;
  }

  begin(): boolean {
    if (this.left-- <= 0) return false;
    this.picks = [];
    this.priority.fill(0);
    this.policy.begin(this.random);
    return true;
  }

  pick(m: Machine, enabled: Int32Array, n: number): number {
    if (this.priority.length === 0) this.priority = new Int32Array(m.actors);
    const { priority } = this;
    const real = keepReal(m, enabled, n);
    let best = -1;
    for (let i = 0; i < real; i++) {
      const actor = enabled[i]!;
      if (priority[actor] === 0) priority[actor] = LOWEST_DRAWN + this.random.below(1 << 30);
      if (best < 0 || priority[actor]! > priority[best]!) best = actor;
    }
    if (best < 0) return -1;
    this.picks.push({ actor: best, choice: 0 });
    this.policy.moves(m, best, enabled, real, priority);
    return best;
  }

  choose(n: number): number {
    const choice = this.random.below(n);
    this.picks.at(-1)!.choice = choice;
    return choice;
  }

  end(m: Machine, outcome: Outcome): void {
    this.onExecution(m, outcome, this.picks);
  }
}
