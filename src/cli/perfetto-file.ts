// SPDX-License-Identifier: GPL-2.0-only
/**
 * `--perfetto FILE`: a trace for ui.perfetto.dev, with a process for each counterexample or workload.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Cell } from '../check/cell.ts';
import { filmOf } from '../check/film.ts';
import { cellText } from '../check/report.ts';
import type { Pick } from '../engines/replay.ts';
import { Timeline, TraceWriter } from '../report/perfetto.ts';
import { boundedReplay } from './bounded.ts';
import { outputFile } from './output.ts';

/** Text that is kept before it is written. */
const ENOUGH = 1 << 16;

export class PerfettoFile {
  private readonly fd: number;
  private readonly writer: TraceWriter;
  private text = '';
  private processes = 0;

  /** @throws UsageError if it cannot be written */
  constructor(path: string) {
    this.fd = openSync(outputFile(path, '--perfetto'), 'w');
    this.writer = new TraceWriter((text) => {
      this.text += text;
      if (this.text.length > ENOUGH) this.flush();
    });
  }

  process(name: string, tracks: readonly string[]): Timeline {
    return new Timeline(++this.processes, name, tracks, this.writer.emit);
  }

  /** @param file of the user's own scenario */
  counterexample(cell: Cell, start: number, picks: readonly Pick[], file: string | undefined): void {
    const { tracks, timeline } = boundedReplay(() => filmOf(cell, start, picks), file);
    const process = this.process(`${cellText(cell)} (a microsecond is a transition)`, tracks);
    for (const row of timeline) process.push(row);
    process.close();
  }

  close(): void {
    this.writer.end();
    this.flush();
    closeSync(this.fd);
  }

  private flush(): void {
    writeSync(this.fd, this.text);
    this.text = '';
  }
}
