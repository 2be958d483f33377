// SPDX-License-Identifier: GPL-2.0-only
/**
 * One cell as a task for a worker thread, and what comes back. Both are plain data. How far a running cell is, and whether it should stop,
 * lies in a block of words that all threads share, since a worker that searches answers no messages.
 */
import { makeCell, UsageError } from '../check/cell.ts';
import { type CheckOptions, checkCell, type Verdict } from '../check/check.ts';
import { type Report, reportOf } from '../check/report.ts';
import type { Config } from '../scenarios/scenario.ts';
import { type Failure, failureOf } from './exit.ts';
import { builtIn } from './targets.ts';
import { importScenario, type UserModule } from './user-scenario.ts';

/** Words of the shared block: STOP, then four for each runner. RUNNING says which code runs, BEAT counts how often that has changed; for a user's scenario. */
export const STOP = 0;
export const EXECUTIONS = 0;
export const PENDING = 1;
export const RUNNING = 2;
export const BEAT = 3;
export const progressWord = (runner: number, word: number): number => 1 + runner * 4 + word;

/** Values of STOP. */
export const TIME_LIMIT = 1;
export const SIGINT = 2;
export const FAILED = 3;

export type Limits = Pick<CheckOptions, 'strategy' | 'preemptions' | 'depth' | 'seed' | 'verifyDeterminism' | 'maxExecutions'>;

export interface Task {
  scenario: string;
  module: UserModule | null;
  config: Config;
  without: readonly string[];
  bufferDepth?: number;
  limits: Limits;
  shared: SharedArrayBuffer;
  runner: number;
}

export interface TaskResult
  extends Pick<Verdict, 'verdict' | 'complete' | 'bounds' | 'note' | 'executions' | 'blocked' | 'transitions' | 'guarantee'> {
  seconds: number;
  /** It was STOP that cut it. */
  stopped: boolean;
  violation: Report | null;
}

export async function runTask(task: Task): Promise<TaskResult | { failure: Failure }> {
  try {
    const scenario = task.module === null ? builtIn(task.scenario) : await importScenario(task.module);
    if (scenario === undefined) throw new UsageError(`no scenario '${task.scenario}'`);
    const cell = makeCell(scenario, task.config, task.without, task.bufferDepth);
    const words = new Int32Array(task.shared);
    let stopped = false;
    const from = performance.now();
    const v = checkCell(cell, {
      ...task.limits,
      goOn: () => !(stopped = Atomics.load(words, STOP) !== 0),
      onProgress: (executions, pending) => {
        words[progressWord(task.runner, EXECUTIONS)] = executions;
        words[progressWord(task.runner, PENDING)] = pending;
      },
      // Own scenarios end.
      ...(task.module !== null && { onRun: beat(words, task.runner) }),
    });
    const seconds = (performance.now() - from) / 1000;
    const { verdict, complete, bounds, note, executions, blocked, transitions, guarantee, counterexample: x } = v;
    const violation = x === null ? null : reportOf(cell, x.start, x.picks, task.module?.file);
    return { verdict, complete, bounds, note, executions, blocked, transitions, guarantee, seconds, stopped, violation };
  } catch (e) {
    return { failure: failureOf(e, task.module?.file ?? null) };
  }
}

/** Atomics, since another thread reads while this one may be in a loop. */
const beat =
  (words: Int32Array, runner: number) =>
  (what: number): void => {
    Atomics.store(words, progressWord(runner, RUNNING), what);
    Atomics.add(words, progressWord(runner, BEAT), 1);
  };
