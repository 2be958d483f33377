// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab run`: workloads from files, and what the kernel would say of each operation under its own names.
 */
import { readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { Stopped } from '../engines/direct.ts';
import { room } from '../host/room.ts';
import { UsageError } from '../usage-error.ts';
import { configOf } from '../workload/config.ts';
import { type Case, parseWorkload } from '../workload/parse.ts';
import type { OpResult } from '../workload/result.ts';
import { runCase } from '../workload/run.ts';
import { HOLDS, INTERRUPTED, VIOLATED, worst } from './exit.ts';
import { resultText } from './run-text.ts';

export interface RunFlags {
  config: Record<string, string>;
  /** Every traced event. */
  trace?: boolean;
  json?: boolean;
}

interface CaseReport {
  name: string;
  results: OpResult[];
  /** What stopped it, if it did not come to its end. */
  stopped: string | null;
}

/** @returns the exit code: 1 where the kernel was stopped or memory did not hold what it should */
export async function run(files: readonly string[], flags: RunFlags): Promise<number> {
  const config = configOf(flags.config);
  const workloads = files.flatMap((file) => parseWorkload(readText(file), file));
  const interrupt = new AbortController();
  const onSigint = (): void => interrupt.abort();
  process.once('SIGINT', onSigint); // a second one ends the process
  const reports: CaseReport[] = [];
  const show = (text: string): void => {
    if (!flags.json) process.stdout.write(text);
  };
  for (const one of workloads) {
    if (interrupt.signal.aborted) break;
    show(`case ${one.name}\n`);
    reports.push(await runOne(one, config, interrupt.signal, (result) => show(resultText(result, flags.trace === true))));
    if (reports.at(-1)!.stopped !== null) show(`stopped: ${reports.at(-1)!.stopped}\n`);
  }
  process.off('SIGINT', onSigint);
  const complete = !interrupt.signal.aborted;
  if (flags.json)
    process.stdout.write(`${JSON.stringify({ schema: 'paelab/run', version: 1, config, complete, cases: reports }, null, 2)}\n`);
  const bad = reports.some(({ stopped, results }) => stopped !== null || results.some((r) => (r.bad ?? 0) > 0));
  return worst([bad ? VIOLATED : HOLDS, ...(complete ? [] : [INTERRUPTED])]);
}

/** @throws UsageError */
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (e) {
    throw new UsageError(`${file}: cannot be read (${(e as Error).message})`);
  }
}

async function runOne(
  { name, operations }: Case,
  config: ReturnType<typeof configOf>,
  signal: AbortSignal,
  show: (result: OpResult) => void,
): Promise<CaseReport> {
  const report: CaseReport = { name, results: [], stopped: null };
  try {
    for (const result of runCase(operations, config, room(), false)) {
      report.results.push(result);
      show(result);
      await setImmediate();
      if (signal.aborted) break;
    }
  } catch (e) {
    if (!(e instanceof Stopped)) throw e;
    report.stopped = e.message;
  }
  return report;
}
