// SPDX-License-Identifier: GPL-2.0-only
/**
 * One line on stderr that says how far the search is: redrawn in place on a terminal, written now and then to a file, never in CI.
 */
import type { Open, Schedule } from './schedule.ts';
import { DEEPEST, EXECUTIONS, EXPLORED, PENDING, runnerWord } from './task.ts';

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

  private word(runner: number, word: number): number {
    return this.words[runnerWord(runner, word)]!;
  }

  /** How many executions the cells that are being searched will have had, by the weighted backtrack estimator: src/engines/explore/optimal.ts, `explored`. */
  private estimate(open: readonly Open[]): string {
    let total = 0;
    for (const { search, out } of open) {
      let executions = search.counts.executions + search.counts.blocked;
      let { explored } = search;
      for (const [runner, weight] of out) {
        executions += this.word(runner, EXECUTIONS);
        explored += (weight * this.word(runner, EXPLORED)) / 1e6;
      }
      if (explored === 0) return '';
      total += executions / explored;
    }
    return open.length === 0 ? '' : ` total~${Number(total.toPrecision(2))} (weighted backtrack)`;
  }

  private draw(): void {
    const schedule = this.schedule!;
    let executions = schedule.executions;
    let pending = 0;
    let depth = 0;
    for (let runner = 0; runner < this.jobs; runner++) {
      executions += this.word(runner, EXECUTIONS);
      pending += this.word(runner, PENDING);
      depth = Math.max(depth, this.word(runner, DEEPEST));
    }
    const sec = (performance.now() - this.from) / 1000;
    const rate = Math.round((executions - this.before) / sec);
    const { size: done } = schedule.results;
    const all = `cells=${done}/${this.cells} executions=${executions} rate=${rate}/s depth=${depth} pending=${pending}`;
    const text = `${all} sec=${sec.toFixed(0)}${this.estimate(schedule.open)}`;
    process.stderr.write(this.terminal ? `\r\x1b[2K${text.slice(0, (process.stderr.columns || 80) - 1)}` : `${text}\n`);
  }
}
