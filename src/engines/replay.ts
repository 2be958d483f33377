// SPDX-License-Identifier: GPL-2.0-only
/**
 * One execution again, from the list of its picks. A list that does not fit the machine any more is noticed at the first pick that cannot be.
 */
import type { Machine, Outcome } from '../../cpu/machine.ts';
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
    if (pick === undefined) return -1;
    const list = [...enabled.subarray(0, n)];
    if (list.includes(pick.actor)) return pick.actor;
    const name = (actor: number): string => (actor < m.contexts.length ? `${actor}` : `${actor} (a drain)`);
    throw new ReplayError(`pick ${this.at} asks for actor ${name(pick.actor)}, enabled are ${list.map(name).join(', ')}`);
  }

  choose(): number {
    return this.picks[this.at - 1]!.choice;
  }

  end(_: Machine, outcome: Outcome): void {
    this.outcome = outcome;
  }
}
