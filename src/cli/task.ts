// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a worker thread is asked to do, and what comes back. Both are plain data. How far it is, and whether it should stop, lies in a block of words that
 * all threads share, since a worker that searches answers no messages.
 */
import { type Built, build, type Cell, makeCell } from '../check/cell.ts';
import { type CheckOptions, checkCell, type Verdict } from '../check/check.ts';
import type { Report } from '../check/report.ts';
import { type Live, runSlice, type Slice } from '../check/slice.ts';
import type { Difficulty } from '../engines/explore/linearise.ts';
import { Reviver, type Subtree } from '../engines/explore/subtree.ts';
import type { Pick as Picked } from '../engines/replay.ts';
import { Watched } from '../engines/watched.ts';
import { allGuards } from '../kernel/guards.ts';
import type { Config } from '../scenarios/scenario.ts';
import { UsageError } from '../usage-error.ts';
import { boundedReport } from './bounded.ts';
import { type Failure, failureOf } from './exit.ts';
import { builtIn } from './targets.ts';
import { importScenario, type UserModule } from './user-scenario.ts';

/** Words of the shared block: STOP, then these for each runner. */
export const STOP = 0;
export const EXECUTIONS = 0;
export const PENDING = 1;
/** Whether it should give back what it has. */
export const YIELD = 2;
export const DEEPEST = 3;
/** Share of its piece that it has run, by estimate, in millionths. */
export const EXPLORED = 4;
/** Which code runs, and how often that has changed; for a user's scenario. */
export const RUNNING = 5;
export const BEAT = 6;
const RUNNER_WORDS = 7;
export const runnerWord = (runner: number, word: number): number => 1 + runner * RUNNER_WORDS + word;

/** Values of STOP. */
export const TIME_LIMIT = 1;
export const SIGINT = 2;
export const FAILED = 3;

/** Values of YIELD: others have nothing to do; all are to stop for a moment. */
export const SHARE = 1;
export const PAUSE = 2;

/** Before so many executions nothing is shared: less work is not worth the way. */
const LEAST = 500;

export type Limits = Pick<CheckOptions, 'strategy' | 'preemptions' | 'depth' | 'seed' | 'verifyDeterminism' | 'maxExecutions'>;

/** The cell, and where the runner tells how far it is. */
export interface Job {
  scenario: string;
  module: UserModule | null;
  config: Config;
  without: readonly string[];
  bufferDepth?: number;
  /** Which guards do executions come to? */
  guards: boolean;
  shared: SharedArrayBuffer;
  runner: number;
}

/** All of a cell. */
export interface Task extends Job {
  limits: Limits;
}

/** A piece of the exhaustive search of a cell. */
export interface PieceTask extends Job {
  start: number;
  parts: Subtree[];
  /** Executions begun by all who search the cell, where there is a limit. */
  begun: SharedArrayBuffer | null;
  most: number;
}

/** The report of an execution. */
export interface ReportTask extends Job {
  start: number;
  picks: readonly Picked[];
}

export interface TaskResult
  extends Pick<Verdict, 'verdict' | 'complete' | 'bounds' | 'note' | 'executions' | 'blocked' | 'transitions' | 'guarantee'> {
  seconds: number;
  /** It was STOP that cut it. */
  stopped: boolean;
  violation: Report | null;
  /** Length of the whole execution that the counterexample was cut out of. */
  whole: Difficulty | null;
  /** Names of the guards that some execution came to, if that was asked for. */
  guards: readonly string[];
}

export interface PieceResult {
  /** Of each part. */
  slices: Slice[];
  seconds: number;
  /** As of a TaskResult. */
  guards: readonly string[];
  /** No more executions may be begun. */
  limited: boolean;
}

export type Or<T> = T | { failure: Failure };

async function cellOf(job: Job): Promise<Cell> {
  const scenario = job.module === null ? builtIn(job.scenario) : await importScenario(job.module, beat(job).onRun);
  if (scenario === undefined) throw new UsageError(`no scenario '${job.scenario}'`);
  const cell = makeCell(scenario, job.config, job.without, job.bufferDepth);
  return job.guards ? { ...cell, asked: new Set() } : cell;
}

const guardsOf = ({ asked }: Cell): string[] =>
  asked === undefined
    ? []
    : allGuards()
        .filter((g) => asked.has(g.id))
        .map((g) => g.name);

/** An error comes back as a failure. */
async function attempt<J extends Job, T>(job: J, run: (cell: Cell) => T): Promise<Or<T>> {
  try {
    return run(await cellOf(job));
  } catch (e) {
    return { failure: failureOf(e, job.module?.file ?? null) };
  }
}

const tell = (words: Int32Array, runner: number, executions: number, pending: number): void => {
  words[runnerWord(runner, EXECUTIONS)] = executions;
  words[runnerWord(runner, PENDING)] = pending;
};

/** Told what runs, of a user's scenario: own scenarios end. Atomics, since another thread reads while this one may be in a loop. */
function beat({ module, runner, shared }: Job): { onRun?: (what: number) => void } {
  if (module === null) return {};
  const words = new Int32Array(shared);
  return {
    onRun: (what) => {
      Atomics.store(words, runnerWord(runner, RUNNING), what);
      Atomics.add(words, runnerWord(runner, BEAT), 1);
    },
  };
}

export const runTask = (task: Task): Promise<Or<TaskResult>> =>
  attempt(task, (cell) => {
    const words = new Int32Array(task.shared);
    let stopped = false;
    const from = performance.now();
    const v = checkCell(cell, {
      ...task.limits,
      goOn: () => !(stopped = Atomics.load(words, STOP) !== 0),
      onProgress: (executions, pending) => tell(words, task.runner, executions, pending),
      ...beat(task),
    });
    const seconds = (performance.now() - from) / 1000;
    const { verdict, complete, bounds, note, executions, blocked, transitions, guarantee, counterexample: x } = v;
    const violation = x === null ? null : boundedReport(cell, x.start, x.picks, task.module?.file);
    const counts = { executions, blocked, transitions };
    return {
      verdict,
      complete,
      bounds,
      note,
      ...counts,
      guarantee,
      seconds,
      stopped,
      violation,
      whole: x?.whole ?? null,
      guards: guardsOf(cell),
    };
  });

/** The machine of the last piece: the next one is most often of the same. */
let last: { key: string; cell: Cell; built: Built } | null = null;

export const runPiece = (task: PieceTask): Promise<Or<PieceResult>> =>
  attempt(task, (fresh) => {
    const from = performance.now();
    const { scenario, module, config, without, start, runner, begun, most } = task;
    const words = new Int32Array(task.shared);
    const { onRun } = beat(task);
    onRun?.(Watched.SETTING_UP);
    const key = JSON.stringify([scenario, module, config, without, task.bufferDepth, start, task.guards]);
    if (last?.key !== key) last = { key, cell: fresh, built: build(fresh, start) };
    const tickets = begun === null ? null : new Int32Array(begun);
    let before = 0;
    let counted = 0;
    let limited = false;
    let part = 0;
    const goOn = ({ executions: n, pending, deepest, explored }: Live): boolean => {
      const executions = before + n;
      tell(words, runner, executions, pending);
      words[runnerWord(runner, DEEPEST)] = deepest;
      words[runnerWord(runner, EXPLORED)] = ((part + explored) / task.parts.length) * 1e6;
      if (Atomics.load(words, STOP) !== 0) return false;
      const asked = Atomics.load(words, runnerWord(runner, YIELD));
      if (asked === PAUSE || (asked === SHARE && executions >= LEAST && pending > 0)) return false;
      if (tickets === null) return true;
      // One that did not count gives its ticket to the next.
      const again = counted > executions;
      counted = executions + 1;
      limited ||= !again && Atomics.add(tickets, 0, 1) >= most;
      return !limited;
    };
    const { built, cell } = last;
    const reviver = new Reviver();
    const slices = task.parts.map((subtree) => {
      const slice = runSlice(cell, start, built, reviver.part(subtree), goOn, onRun);
      part++;
      before += slice.counts.executions + slice.counts.blocked;
      return slice;
    });
    if (tickets !== null && !limited && counted > before) Atomics.sub(tickets, 0, 1);
    return { slices, seconds: (performance.now() - from) / 1000, guards: guardsOf(cell), limited };
  });

export const runReport = (task: ReportTask): Promise<Or<Report>> =>
  attempt(task, (cell) => boundedReport(cell, task.start, task.picks, task.module?.file));
