// SPDX-License-Identifier: GPL-2.0-only
/**
 * Runs planned cells on worker threads. Also a single one: its search would keep the main thread from noticing Ctrl-C. Results come back in
 * the order of the plan, whichever cell ends first.
 */
import { Tinypool } from 'tinypool';
import type { Failure } from './exit.ts';
import type { CheckFlags } from './flags.ts';
import type { PlannedCell } from './plan.ts';
import type { Progress } from './progress.ts';
import { copyOf, type Told, toldOf } from './result.ts';
import { FAILED, type Limits, progressWord, SIGINT, STOP, type Task, type TaskResult, TIME_LIMIT } from './task.ts';

export interface Outcome {
  told: Told[];
  /** The first one; what had not begun by then was not run. */
  failure: Failure | null;
  interrupted: boolean;
}

export async function runCells(cells: readonly PlannedCell[], flags: CheckFlags, progress: Progress): Promise<Outcome> {
  const queue = cells.filter((p) => p.sameAs === undefined);
  const jobs = Math.min(flags.jobs, queue.length);
  const shared = new SharedArrayBuffer(4 * progressWord(jobs, 0));
  const words = new Int32Array(shared);
  const stop = (why: number): void => void Atomics.compareExchange(words, STOP, 0, why);
  const results = new Map<PlannedCell, Told>();
  let failure: Failure | null = null;

  const onSigint = (): void => stop(SIGINT);
  process.once('SIGINT', onSigint); // a second one ends the process
  const timer = flags.timeLimit === undefined ? undefined : setTimeout(() => stop(TIME_LIMIT), flags.timeLimit * 1000);
  progress.begin(words, jobs, queue.length);
  const pool = new Tinypool({ filename: new URL('./worker.js', import.meta.url).href, name: 'check', minThreads: jobs, maxThreads: jobs });
  try {
    let next = 0;
    const runner = async (number: number): Promise<void> => {
      while (next < queue.length && words[STOP] === 0) {
        const planned = queue[next++]!;
        const r = (await pool.run(taskOf(planned, flags, shared, number))) as TaskResult | { failure: Failure };
        if ('failure' in r) {
          failure ??= r.failure;
          stop(FAILED);
        } else {
          results.set(planned, toldOf(planned, r.stopped ? { ...r, note: reason(words, flags) } : r));
          progress.cellDone(number, r.executions + r.blocked);
        }
      }
    };
    await Promise.all(Array.from({ length: jobs }, (_, number) => runner(number)));
  } finally {
    progress.end();
    clearTimeout(timer);
    process.off('SIGINT', onSigint);
    await pool.destroy();
  }
  return { told: inOrder(cells, results, `not begun: ${reason(words, flags)}`), failure, interrupted: words[STOP] === SIGINT };
}

function taskOf({ target, cell }: PlannedCell, flags: CheckFlags, shared: SharedArrayBuffer, runner: number): Task {
  const limits: Limits = {
    strategy: flags.strategy,
    ...(flags.seed !== undefined && { seed: flags.seed }),
    ...(flags.maxExecutions !== undefined && { maxExecutions: flags.maxExecutions }),
  };
  const { config, without, scenario } = cell;
  return { scenario: scenario.name, module: target.module, config, without, limits, guards: flags.necessity === true, shared, runner };
}

function reason(words: Int32Array, flags: CheckFlags): string {
  if (words[STOP] === TIME_LIMIT) return `cut by the time limit of ${flags.timeLimit} s`;
  return words[STOP] === SIGINT ? 'interrupted' : 'stopped because another cell failed';
}

function inOrder(cells: readonly PlannedCell[], results: ReadonlyMap<PlannedCell, Told>, notBegun: string): Told[] {
  const nothing: TaskResult = {
    verdict: 'inconclusive',
    complete: false,
    note: notBegun,
    executions: 0,
    blocked: 0,
    transitions: 0,
    seconds: 0,
    stopped: true,
    violation: null,
    first: null,
    guards: [],
  };
  const of = (p: PlannedCell): Told => results.get(p) ?? toldOf(p, nothing);
  return cells.map((p) => (p.sameAs === undefined ? of(p) : copyOf(p, of(cells[p.sameAs]!))));
}
