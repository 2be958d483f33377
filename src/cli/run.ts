// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab run`: workloads from files, and what the kernel would say of each operation under its own names.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { MessageChannel } from 'node:worker_threads';
import { Tinypool } from 'tinypool';
import type { TimedRow } from '../report/timed-row.ts';
import { UsageError } from '../usage-error.ts';
import { configOf, optionsOf } from '../workload/config.ts';
import { type Case, parseWorkload } from '../workload/parse.ts';
import type { OpResult } from '../workload/result.ts';
import type { WorldConfig } from '../workload/world.ts';
import { type Failure, HOLDS, INTERRUPTED, tell, VIOLATED, worst } from './exit.ts';
import { PerfettoFile } from './perfetto-file.ts';
import { RunProgress } from './run-progress.ts';
import type { RunEnd, RunTask } from './run-task.ts';
import { resultText } from './run-text.ts';

export interface RunFlags {
  config: Record<string, string>;
  /** Every traced event. */
  trace?: boolean;
  /** File for a trace. */
  perfetto?: string;
  json?: boolean;
}

interface CaseReport {
  name: string;
  config: WorldConfig;
  results: OpResult[];
  /** What stopped it, if it did not come to its end. */
  stopped: string | null;
}

/** @returns the exit code: 1 where the kernel was stopped or memory did not hold what it should */
export async function run(files: readonly string[], flags: RunFlags): Promise<number> {
  configOf(optionsOf(flags.config));
  const cases = files.flatMap((file) => parseWorkload(readText(file), file));
  const runner = new Runner(cases, flags);
  const interrupted = await runner.run();
  const { reports, failure } = runner;
  if (flags.json)
    process.stdout.write(`${JSON.stringify({ schema: 'paelab/run', version: 1, complete: !interrupted, cases: reports }, null, 2)}\n`);
  if (failure !== null) tell(failure);
  const bad = reports.some(({ stopped, results }) => stopped !== null || results.some((r) => (r.bad ?? 0) > 0));
  return worst([bad ? VIOLATED : HOLDS, ...(interrupted ? [INTERRUPTED] : []), ...(failure === null ? [] : [failure.code])]);
}

/** @throws UsageError */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (e) {
    throw new UsageError(`${file}: cannot be read (${(e as Error).message})`);
  }
}

class Runner {
  readonly reports: CaseReport[] = [];
  /** What was wrong with a workload, or with paelab. */
  failure: Failure | null = null;
  private readonly cases: readonly Case[];
  private readonly flags: RunFlags;
  private readonly perfetto: PerfettoFile | null;
  /** See run-task.ts: stop, frames, collapsed. */
  private readonly words = new Int32Array(new SharedArrayBuffer(12));
  private readonly from = performance.now();
  private readonly progress = new RunProgress(() => this.progressText());

  constructor(cases: readonly Case[], flags: RunFlags) {
    this.cases = cases;
    this.flags = flags;
    this.perfetto = flags.perfetto === undefined ? null : new PerfettoFile(flags.perfetto);
  }

  /** @returns whether it was interrupted */
  async run(): Promise<boolean> {
    const { words } = this;
    const onSigint = (): void => void Atomics.store(words, 0, 1);
    process.once('SIGINT', onSigint); // a second one ends the process
    const pool = new Tinypool({ filename: new URL('./worker.js', import.meta.url).href, name: 'workload', minThreads: 1, maxThreads: 1 });
    try {
      for (const one of this.cases) {
        if (words[0] !== 0 || this.failure !== null) break;
        await this.runCase(one, pool);
      }
    } finally {
      process.off('SIGINT', onSigint);
      this.progress.end();
      this.perfetto?.close();
      await pool.destroy();
    }
    return words[0] !== 0;
  }

  private async runCase({ name, config: asked, operations }: Case, pool: Tinypool): Promise<void> {
    const config = configOf(new Map([...asked, ...optionsOf(this.flags.config)]));
    const report: CaseReport = { name, config, results: [], stopped: null };
    this.reports.push(report);
    this.show(`case ${name}\n`);
    const { port1, port2 } = new MessageChannel();
    const closed = once(port1, 'close');
    const cpus = Array.from({ length: config.cpus }, (_, cpu) => `CPU${cpu}`);
    const timeline = this.perfetto?.process(`${name} (a nanosecond is an operation of the machine)`, cpus);
    port1.on('message', (result: OpResult | TimedRow[] | null) => {
      if (result === null) {
        port1.close();
        return;
      }
      if (Array.isArray(result)) {
        for (const row of result) timeline!.push(row);
        return;
      }
      report.results.push(result);
      this.show(resultText(result, this.flags.trace === true));
    });
    const shared = this.words.buffer as SharedArrayBuffer;
    const task: RunTask = { operations, config, traced: this.flags.trace === true, timed: timeline !== undefined, shared, port: port2 };
    const end = (await pool.run(task, { transferList: [port2] })) as RunEnd;
    await closed;
    timeline?.close();
    report.stopped = end.stopped;
    this.failure = end.failure;
    if (end.stopped !== null) this.show(`stopped: ${end.stopped}\n`);
  }

  private show(text: string): void {
    if (this.flags.json) return;
    this.progress.clear();
    process.stdout.write(text);
  }

  private progressText(): string {
    const report = this.reports.at(-1);
    if (report === undefined) return '';
    const { operations } = this.cases[this.reports.length - 1]!;
    const at = report.results.length;
    const touched = (this.words[1]! / 2 ** 18).toFixed(2);
    const sec = ((performance.now() - this.from) / 1000).toFixed(0);
    return `${report.name} op=${at + 1}/${operations.length} (${operations[at]?.text ?? 'end'}) touched=${touched}GiB collapsed=${this.words[2]} sec=${sec}`;
  }
}
