// SPDX-License-Identifier: GPL-2.0-only
/**
 * One execution again, from the list of its picks. A list that does not fit the machine any more, or that no processor could run, is noticed at the first
 * pick that cannot be.
 */
import { CHOOSE } from '../../cpu/kinds.ts';
import type { Machine, Outcome } from '../../cpu/machine.ts';
import { obstacle } from './real.ts';
import type { Strategy } from './strategy.ts';

export interface Pick {
  actor: number;
  choice: number;
}

export class ReplayError extends Error {
  override name = 'ReplayError';
}

export class Replay implements Strategy {
  private readonly picks: readonly Pick[];
  private at = 0;
  private begun = false;
  outcome: Outcome | null = null;
  /** The picks ended while some actor could go on: what is said of the end of the execution is not to be believed. */
  cut = false;

  constructor(picks: readonly Pick[]) {
    this.picks = picks;
  }

  begin(): boolean {
    const first = !this.begun;
    this.begun = true;
    return first;
  }

  pick(m: Machine, enabled: Int32Array, n: number): number {
    const pick = this.picks[this.at++];
    if (pick === undefined) {
      this.cut = true;
      return -1;
    }
    const list = [...enabled.subarray(0, n)];
    const { actor, choice } = pick;
    const name = (a: number): string => (a < m.contexts.length ? `${a}` : `${a} (a drain)`);
    if (!list.includes(actor)) {
      throw new ReplayError(`pick ${this.at} asks for actor ${name(actor)}, enabled are ${list.map(name).join(', ')}`);
    }
    const why = obstacle(m, actor);
    if (why !== null) throw new ReplayError(`pick ${this.at} asks for actor ${name(actor)}, which cannot move: ${why}`);
    const c = m.contexts[actor];
    const alternatives = c?.kind === CHOOSE ? c.a0 : 1;
    if (choice >= alternatives) throw new ReplayError(`pick ${this.at} asks for alternative ${choice + 1} of ${alternatives}`);
    return actor;
  }

  choose(_: number): number {
    return this.picks[this.at - 1]!.choice;
  }

  end(_: Machine, outcome: Outcome): void {
    if (this.at < this.picks.length) throw new ReplayError(`the execution ends after ${this.at} of ${this.picks.length} picks`);
    this.outcome = outcome;
  }
}
