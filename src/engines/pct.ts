// SPDX-License-Identifier: GPL-2.0-only
/**
 * Probabilistic concurrency testing: a bug of depth d, one that shows whenever d orders between two transitions each come about, is found with
 * probability 1/(n k^(d-1)) at least in a run of k transitions of n actors. Actors, drains included, have random priorities; at d - 1 random places of a
 * run the one that has just moved falls below all others.
 *
 * Reference: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A randomized scheduler with probabilistic guarantees of finding bugs" (ASPLOS 2010).
 * How many actors and transitions there are is not known before: it is estimated by the runs so far, and the first run changes no priority.
 */
import type { Machine } from '../../cpu/machine.ts';
import type { Policy } from './drawn.ts';
import type { Xorshift } from './xorshift.ts';

/** What PCT promises, as far as its estimates are right. */
export interface Guarantee {
  /** d */
  depth: number;
  /** n: actors that moved in some run. */
  actors: number;
  /** k: transitions of the longest run. */
  transitions: number;
  /** Runs that it holds for. */
  runs: number;
}

/** Of a bug of that depth, to be found in one run. */
export const chanceOfOne = (g: Guarantee): number => 1 / (g.actors * g.transitions ** (g.depth - 1));
/** And in all of them. */
export const chanceOfAll = (g: Guarantee): number => -Math.expm1(g.runs * Math.log1p(-chanceOfOne(g)));

export class Pct implements Policy {
  private readonly depth: number;
  private readonly moved = new Set<number>();
  private longest = 0;
  private runs = 0;
  private at = 0;
  /** Transitions behind which a priority changes. */
  private changes: number[] = [];

  /** @param depth of the bugs that are looked for, 1 or more */
  constructor(depth: number) {
    this.depth = depth;
  }

  get guarantee(): Guarantee {
    return { depth: this.depth, actors: this.moved.size, transitions: this.longest, runs: Math.max(0, this.runs - 1) };
  }

  begin(random: Xorshift): void {
    this.at = 0;
    this.changes = this.runs++ === 0 ? [] : Array.from({ length: this.depth - 1 }, () => 1 + random.below(this.longest));
  }

  moves(_: Machine, actor: number, __: Int32Array, ___: number, priority: Int32Array): void {
    this.moved.add(actor);
    this.longest = Math.max(this.longest, ++this.at);
    const change = this.changes.indexOf(this.at);
    if (change >= 0) priority[actor] = 1 + change;
  }
}
