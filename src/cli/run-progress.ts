// SPDX-License-Identifier: GPL-2.0-only
/** How far a workload is, in one line on stderr: redrawn in place on a terminal, written now and then to a file, never in CI. */
const TERMINAL_MS = 200;
const FILE_MS = 15_000;

export class RunProgress {
  private readonly terminal = process.stderr.isTTY === true;
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly text: () => string;

  constructor(text: () => string) {
    this.text = text;
    if (!this.terminal && process.env['CI']) return;
    this.timer = setInterval(() => this.draw(), this.terminal ? TERMINAL_MS : FILE_MS);
  }

  private draw(): void {
    const text = this.text();
    process.stderr.write(this.terminal ? `\r\x1b[2K${text.slice(0, (process.stderr.columns || 80) - 1)}` : `${text}\n`);
  }

  /** Before something else is written. */
  clear(): void {
    if (this.timer !== undefined && this.terminal) process.stderr.write('\r\x1b[2K');
  }

  end(): void {
    clearInterval(this.timer);
    this.clear();
  }
}
