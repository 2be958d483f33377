// SPDX-License-Identifier: GPL-2.0-only
/**
 * Executions drawn at random: finds, and never proves. Programs go on more often than buffers drain, so that stores stay late.
 * Reference: Marsaglia, "Xorshift RNGs" (2003), for the generator.
 */
import type { Machine, Outcome } from '../../cpu/machine.ts';
import type { Pick } from './replay.ts';
import type { Strategy } from './strategy.ts';

export class Random implements Strategy {
  private state: number;
  private left: number;
  /** What was picked in the present execution. */
  picks: Pick[] = [];
  private readonly onExecution: (m: Machine, outcome: Outcome, picks: readonly Pick[]) => void;

  /**
   * @param seed any integer
   * @param executions how many to draw
   */
  constructor(seed: number, executions: number, onExecution: (m: Machine, outcome: Outcome, picks: readonly Pick[]) => void) {
    this.state = (seed ^ 0x9e3779b9) | 1;
    this.left = executions;
    this.onExecution = onExecution;
  }

  private next(n: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % n;
  }

  begin(): boolean {
    this.picks = [];
    return this.left-- > 0;
  }

  /** A program does not move while its handler runs, and a handler is entered between two instructions with an empty buffer: every draw is a real execution. */
  pick(m: Machine, enabled: Int32Array, n: number): number {
    const real = [...enabled.subarray(0, n)].filter((actor) => m.isPossible(actor));
    const actor = real[this.next(real.length)]!;
    this.picks.push({ actor, choice: 0 });
    return actor;
  }

  choose(n: number): number {
    const choice = this.next(n);
    this.picks.at(-1)!.choice = choice;
    return choice;
  }

  end(m: Machine, outcome: Outcome): void {
    this.onExecution(m, outcome, this.picks);
  }
}
