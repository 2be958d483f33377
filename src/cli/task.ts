// SPDX-License-Identifier: GPL-2.0-only
/**
 * One cell as a task for a worker thread, and what comes back. Both are plain data. How far a running cell is, and whether it should stop,
 * lies in a block of words that all threads share, since a worker that searches answers no messages.
 */
import { type Cell, makeCell, UsageError } from '../check/cell.ts';
import { type CheckOptions, checkCell, type Verdict } from '../check/check.ts';
import { type Report, reportOf } from '../check/report.ts';
import type { Difficulty } from '../engines/explore/linearise.ts';
import { allGuards } from '../kernel/guard.ts';
import type { Config } from '../scenarios/scenario.ts';
import { type Failure, failureOf } from './exit.ts';
import { builtIn } from './targets.ts';
import { importScenario, type UserModule } from './user-scenario.ts';

/** Words of the shared block: STOP, then two for each runner. */
export const STOP = 0;
export const EXECUTIONS = 0;
export const PENDING = 1;
export const progressWord = (runner: number, word: number): number => 1 + runner * 2 + word;

/** Values of STOP. */
export const TIME_LIMIT = 1;
export const SIGINT = 2;
export const FAILED = 3;

export type Limits = Pick<CheckOptions, 'strategy' | 'seed' | 'maxExecutions'>;

export interface Task {
  scenario: string;
  module: UserModule | null;
  config: Config;
  without: readonly string[];
  limits: Limits;
  /** Which guards do executions come to? */
  guards: boolean;
  shared: SharedArrayBuffer;
  runner: number;
}

export interface TaskResult extends Pick<Verdict, 'verdict' | 'complete' | 'note' | 'executions' | 'blocked' | 'transitions'> {
  seconds: number;
  /** It was STOP that cut it. */
  stopped: boolean;
  violation: Report | null;
  /** How long the first counterexample was when it was found. */
  first: Difficulty | null;
  /** Names of the guards that some execution came to, if that was asked for. */
  guards: readonly string[];
}

const namesOf = (asked: ReadonlySet<number>): string[] =>
  allGuards()
    .filter((g) => asked.has(g.id))
    .map((g) => g.name);

export async function runTask(task: Task): Promise<TaskResult | { failure: Failure }> {
  try {
    const scenario = task.module === null ? builtIn(task.scenario) : await importScenario(task.module);
    if (scenario === undefined) throw new UsageError(`no scenario '${task.scenario}'`);
    const asked = new Set<number>();
    const cell: Cell = { ...makeCell(scenario, task.config, task.without), ...(task.guards && { asked }) };
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
    });
    const seconds = (performance.now() - from) / 1000;
    const { verdict, complete, note, executions, blocked, transitions, counterexample: x } = v;
    const violation = x === null ? null : reportOf(cell, x.start, x.picks, task.module?.file);
    return {
      verdict,
      complete,
      note,
      executions,
      blocked,
      transitions,
      seconds,
      stopped,
      violation,
      first: x?.first ?? null,
      guards: namesOf(asked),
    };
  } catch (e) {
    return { failure: failureOf(e, task.module?.file ?? null) };
  }
}
