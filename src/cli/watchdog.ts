// SPDX-License-Identifier: GPL-2.0-only
/**
 * Notices code of a user's scenario that never ends: a loop without an operation keeps its thread for ever, and no limit of the search is asked. A
 * transition takes microseconds; one that has not ended after ten seconds of a thread's life will not.
 */
import { Watched } from '../engines/watched.ts';
import { PATIENCE_S } from './bounded.ts';
import { type Failure, USAGE } from './exit.ts';
import type { PlannedCell } from './plan.ts';
import { BEAT, RUNNING, runnerWord } from './task.ts';

const LOOK_MS = 500;
const PATIENCE_MS = PATIENCE_S * 1000;

interface Runner {
  planned: PlannedCell;
  beat: number;
  since: number;
}

export class Watchdog {
  failure: Failure | null = null;
  private readonly words: Int32Array;
  private readonly onStuck: () => void;
  private readonly runners = new Map<number, Runner>();
  private readonly timer: NodeJS.Timeout;

  /** @param words the block that the workers write to; see task.ts */
  constructor(words: Int32Array, onStuck: () => void) {
    this.words = words;
    this.onStuck = onStuck;
    this.timer = setInterval(() => this.look(), LOOK_MS);
  }

  begin(number: number, planned: PlannedCell): void {
    if (planned.target.module === null) return;
    Atomics.store(this.words, runnerWord(number, RUNNING), Watched.SEARCHING); // until its thread has loaded
    this.runners.set(number, { planned, beat: -1, since: 0 });
  }

  end(number: number): void {
    this.runners.delete(number);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = performance.now();
    for (const [number, runner] of this.runners) {
      const beat = Atomics.load(this.words, runnerWord(number, BEAT));
      const running = Atomics.load(this.words, runnerWord(number, RUNNING));
      if (beat !== runner.beat || running === Watched.SEARCHING) Object.assign(runner, { beat, since: now });
      else if (now - runner.since > PATIENCE_MS && this.failure === null) {
        const { target, cell } = runner.planned;
        const what = whatRuns(running, cell.scenario.machine(cell.config));
        const text = `${target.module!.file}: ${what} has run for ${PATIENCE_S} s without an operation: a loop that never ends`;
        this.failure = { code: USAGE, text };
        this.onStuck();
      }
    }
  }
}

/** Which code that is; actors as the machine numbers them. */
function whatRuns(running: number, { cpus, callbacks }: { cpus: number; callbacks: number }): string {
  if (running === Watched.SETTING_UP) return 'a program before its first operation';
  if (running === Watched.AT_END) return 'a check of atEnd()';
  if (running === Watched.AGAIN) return 'a program that has ended before';
  const contexts = cpus * (2 + callbacks);
  const context = running % contexts;
  if (context < cpus) return `the program of CPU${context}`;
  return context < 2 * cpus ? `the interrupt handler of CPU${context - cpus}` : 'a deferred callback';
}
