// SPDX-License-Identifier: GPL-2.0-only
/**
 * `paelab stress`: collapses, faults and truncations at the same time, on vCPUs that are threads, and whether anything was lost.
 */
import { existsSync } from 'node:fs';
import { DONE, rowOf } from '../../cpu/parallel/board.ts';
import { allGuards } from '../kernel/guards.ts';
import { UsageError } from '../usage-error.ts';
import { configOf, optionsOf } from '../workload/config.ts';
import { Crew, type CrewEnd } from '../workload/threads/crew.ts';
import { createDrops } from '../workload/threads/ledger.ts';
import { ACCESSES, ATTEMPTS, COLLAPSED, DROPPED, STRESS_PAGES } from '../workload/threads/stress-counts.ts';
import { THREAD_DEFAULTS, threadTasks } from '../workload/threads/tasks.ts';
import type { WorldConfig } from '../workload/world.ts';
import { DEFECT, HOLDS, INTERRUPTED, VIOLATED, worst } from './exit.ts';
import { RunProgress } from './run-progress.ts';
import { headingText, stressText } from './stress-text.ts';

export interface StressFlags {
  config: Record<string, string>;
  /** Guards taken away. */
  without: string[];
  collapses: number;
  seed: number;
  json?: boolean;
}

export interface StressReport extends CrewEnd {
  config: WorldConfig;
  without: readonly string[];
  seed: number;
  /** It came to its end: false if it was interrupted, or given up. */
  complete: boolean;
  sec: number;
  /** Collapses that succeeded, and calls of madvise(MADV_COLLAPSE). */
  collapses: number;
  attempts: number;
  /** Stores and loads of the program, and pages that it dropped. */
  accesses: number;
  dropped: number;
  /** How attempts have ended, by the kernel's names. */
  results: Record<string, number>;
  /** What was wrong: lost words, wrong counts, what the kernel was found guilty of. */
  findings: string[];
}

/** Nothing has moved for so long; ms. An operation takes a few at most. */
const PATIENCE = 15_000;

/** @returns the exit code */
export async function stress(flags: StressFlags): Promise<number> {
  const { seed, collapses, without } = flags;
  const config = configOf(optionsOf(flags.config), THREAD_DEFAULTS);
  const thread = new URL('./vcpu.js', import.meta.url);
  if (!existsSync(thread)) throw new UsageError('this paelab was built without oxc-parser, and so without threads');
  const known = allGuards().map(({ name }) => name);
  for (const name of without) if (!known.includes(name)) throw new UsageError(`no guard '${name}'; known: ${known.join(', ')}`);
  const tasks = threadTasks(config, { program: 'stress', seed, collapses, drops: createDrops(STRESS_PAGES) }, without);
  const { board } = tasks[0]!;
  const from = performance.now();
  const crew = new Crew(thread, tasks, PATIENCE);
  const seconds = (): number => (performance.now() - from) / 1000;
  const progress = new RunProgress(() => `collapses=${board[COLLAPSED]}/${collapses} sec=${seconds().toFixed(0)}`);
  let interrupted = false;
  const onSigint = (): void => {
    interrupted = true;
    crew.stop();
  };
  process.once('SIGINT', onSigint); // a second one ends the process
  if (!flags.json) process.stdout.write(headingText(config, without, seed));
  const end = await crew.end();
  process.off('SIGINT', onSigint);
  progress.end();
  const total = (word: number): number => tasks.reduce((sum, { cpu }) => sum + board[rowOf(cpu) + word]!, 0);
  const report: StressReport = {
    ...end,
    config,
    without,
    seed,
    complete: !interrupted && end.died.length + end.hung.length === 0 && end.ends.length === config.cpus,
    sec: seconds(),
    collapses: board[COLLAPSED]!,
    attempts: total(ATTEMPTS),
    accesses: total(ACCESSES),
    dropped: total(DROPPED),
    results: sumUp(end.ends.map(({ results }) => results)),
    findings: end.ends.flatMap(({ cpu, findings, stopped }) => (stopped === null ? findings : [`CPU${cpu}: ${stopped}`, ...findings])),
  };
  if (flags.json) {
    const { ends: _, ...told } = report;
    process.stdout.write(`${JSON.stringify({ schema: 'paelab/stress', version: 1, ...told }, null, 2)}\n`);
  } else process.stdout.write(stressText(report, total(DONE)));
  return exitCode(report, interrupted);
}

function exitCode({ died, hung, findings }: StressReport, interrupted: boolean): number {
  const codes = [HOLDS];
  if (findings.length > 0 || hung.length > 0) codes.push(VIOLATED);
  if (died.length > 0) codes.push(DEFECT);
  if (interrupted) codes.push(INTERRUPTED);
  return worst(codes);
}

function sumUp(all: readonly Record<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const one of all) for (const [key, n] of Object.entries(one)) sums[key] = (sums[key] ?? 0) + n;
  return sums;
}
