// SPDX-License-Identifier: GPL-2.0-only
/**
 * Says what runs at each moment, so that somebody outside can tell which code it is that never ends.
 */
import type { Machine, Outcome } from '../../cpu/machine.ts';
import type { Strategy } from './strategy.ts';

export class Watched implements Strategy {
  /** The search itself, between transitions. */
  static readonly SEARCHING = -1;
  /** Set-up, and the programs up to their first operation. */
  static readonly SETTING_UP = -2;
  /** A check at the end of an execution. */
  static readonly AT_END = -3;
  /** Programs again, to tell of a violation. */
  static readonly AGAIN = -4;

  private readonly inner: Strategy;
  private readonly onRun: (what: number) => void;

  /** @param onRun told the actor that runs next, or one of the above */
  constructor(inner: Strategy, onRun: (what: number) => void) {
    this.inner = inner;
    this.onRun = onRun;
  }

  begin(): boolean {
    this.onRun(Watched.SEARCHING);
    const more = this.inner.begin();
    this.onRun(Watched.SETTING_UP);
    return more;
  }

  replay(): number {
    this.onRun(Watched.SEARCHING);
    const actor = this.inner.replay?.() ?? -1;
    if (actor >= 0) this.onRun(actor);
    return actor;
  }

  pick(m: Machine, enabled: Int32Array, n: number): number {
    this.onRun(Watched.SEARCHING);
    const actor = this.inner.pick(m, enabled, n);
    this.onRun(actor);
    return actor;
  }

  choose(n: number): number {
    return this.inner.choose(n);
  }

  end(m: Machine, outcome: Outcome): void {
    this.onRun(Watched.SEARCHING);
    this.inner.end(m, outcome);
  }
}
