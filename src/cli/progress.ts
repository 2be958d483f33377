// SPDX-License-Identifier: GPL-2.0-only
/**
 * One line on stderr that says how far the search is: redrawn in place on a terminal, written now and then to a file, never in CI.
 */
import type { Schedule } from './schedule.ts';
import { EXECUTIONS, PENDING, runnerWord } from './task.ts';

const TERMINAL_MS = 200;
const FILE_MS = 15_000;

export class Progress {
  private readonly terminal = process.stderr.isTTY === true;
  private timer: NodeJS.Timeout | undefined;
  private words = new Int32Array(0);
  private jobs = 0;
  private cells = 0;
  private schedule: Schedule | null = null;
  /** By earlier processes. */
  private before = 0;
  private from = 0;

  /** @param words the block that the workers write to; see task.ts */
  begin(words: Int32Array, jobs: number, cells: number, schedule: Schedule): void {
    if (!this.terminal && process.env['CI']) return;
    Object.assign(this, { words, jobs, cells, schedule, before: schedule.executions, from: performance.now() });
    this.timer = setInterval(() => this.draw(), this.terminal ? TERMINAL_MS : FILE_MS);
  }

  /** What the runner had to do has been counted. */
  pieceDone(runner: number): void {
    this.words.fill(0, runnerWord(runner, 0), runnerWord(runner + 1, 0));
  }

  /** Leaves no trace on a terminal. */
  end(): void {
    clearInterval(this.timer);
    if (this.timer !== undefined && this.terminal) process.stderr.write('\r\x1b[2K');
  }

  private draw(): void {
    const { schedule, before } = this;
    let executions = schedule!.executions;
    let pending = 0;
    for (let runner = 0; runner < this.jobs; runner++) {
      executions += this.words[runnerWord(runner, EXECUTIONS)]!;
      pending += this.words[runnerWord(runner, PENDING)]!;
    }
    const sec = (performance.now() - this.from) / 1000;
    const rate = Math.round((executions - before) / sec);
    const text = `cells=${schedule!.results.size}/${this.cells} executions=${executions} rate=${rate}/s pending=${pending} sec=${sec.toFixed(0)}`;
    process.stderr.write(this.terminal ? `\r\x1b[2K${text.slice(0, (process.stderr.columns || 80) - 1)}` : `${text}\n`);
  }
}
