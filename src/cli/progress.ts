// SPDX-License-Identifier: GPL-2.0-only
/**
 * One line on stderr that says how far the search is: redrawn in place on a terminal, written now and then to a file, never in CI.
 */
import { EXECUTIONS, PENDING, progressWord } from './task.ts';

const TERMINAL_MS = 200;
const FILE_MS = 15_000;

export class Progress {
  private readonly terminal = process.stderr.isTTY === true;
  private timer: NodeJS.Timeout | undefined;
  private words = new Int32Array(0);
  private jobs = 0;
  private cells = 0;
  private cellsDone = 0;
  private executionsDone = 0;
  private from = 0;

  /** @param words the block that the workers write to; see task.ts */
  begin(words: Int32Array, jobs: number, cells: number): void {
    if (!this.terminal && process.env['CI']) return;
    Object.assign(this, { words, jobs, cells, from: performance.now() });
    this.timer = setInterval(() => this.draw(), this.terminal ? TERMINAL_MS : FILE_MS);
  }

  cellDone(runner: number, executions: number): void {
    this.cellsDone++;
    this.executionsDone += executions;
    this.words.fill(0, progressWord(runner, 0), progressWord(runner + 1, 0));
  }

  /** Leaves no trace on a terminal. */
  end(): void {
    clearInterval(this.timer);
    if (this.timer !== undefined && this.terminal) process.stderr.write('\r\x1b[2K');
  }

  private draw(): void {
    let executions = this.executionsDone;
    let pending = 0;
    for (let runner = 0; runner < this.jobs; runner++) {
      executions += this.words[progressWord(runner, EXECUTIONS)]!;
      pending += this.words[progressWord(runner, PENDING)]!;
    }
    const sec = (performance.now() - this.from) / 1000;
    const rate = Math.round(executions / sec);
    const text = `cells=${this.cellsDone}/${this.cells} executions=${executions} rate=${rate}/s pending=${pending} sec=${sec.toFixed(0)}`;
    process.stderr.write(this.terminal ? `\r\x1b[2K${text.slice(0, (process.stderr.columns || 80) - 1)}` : `${text}\n`);
  }
}
