// SPDX-License-Identifier: GPL-2.0-only
/**
 * Runs planned cells on worker threads. Also a single one: its search would keep the main thread from noticing Ctrl-C. Results come back in
 * the order of the plan, whichever cell ends first. Who has nothing left to do gets a piece of a search that still goes on.
 */
import { EventEmitter, once } from 'node:events';
import { Tinypool } from 'tinypool';
import type { Verdict } from '../check/check.ts';
import type { Report } from '../check/report.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Failure } from './exit.ts';
import type { CheckFlags } from './flags.ts';
import type { PlannedCell } from './plan.ts';
import type { Progress } from './progress.ts';
import { copyOf, type Told, toldOf } from './result.ts';
import { type Open, Schedule, type Work } from './schedule.ts';
import * as task from './task.ts';
import { Watchdog } from './watchdog.ts';

/** What other cells have to end by themselves once one never will. */
const GRACE_MS = 500;

export interface Outcome {
  told: Told[];
  /** The first one; what had not begun by then was not run. */
  failure: Failure | null;
  interrupted: boolean;
}

/** @param checkpoint where the state is kept, if it is */
export async function runCells(
  cells: readonly PlannedCell[],
  flags: CheckFlags,
  progress: Progress,
  checkpoint: Checkpoint | null = null,
): Promise<Outcome> {
  const pool = new Pool(flags, progress, new Schedule(cells, flags.maxExecutions, checkpoint?.image), checkpoint);
  return pool.run(cells);
}

class Pool {
  private readonly flags: CheckFlags;
  private readonly progress: Progress;
  private readonly schedule: Schedule;
  private readonly checkpoint: Checkpoint | null;
  private readonly shared: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly threads: Tinypool;
  private readonly watchdog: Watchdog;
  private readonly changes = new EventEmitter().setMaxListeners(0);
  private failure: Failure | null = null;
  /** Runners that have a task, and those that wait for one. */
  private readonly busy = new Set<number>();
  private idle = 0;
  private pausing = false;

  constructor(flags: CheckFlags, progress: Progress, schedule: Schedule, checkpoint: Checkpoint | null) {
    this.flags = flags;
    this.progress = progress;
    this.schedule = schedule;
    this.checkpoint = checkpoint;
    this.shared = new SharedArrayBuffer(4 * task.runnerWord(flags.jobs, 0));
    this.words = new Int32Array(this.shared);
    this.watchdog = new Watchdog(this.words, () => {
      Atomics.compareExchange(this.words, task.STOP, 0, task.FAILED);
      setTimeout(() => void this.threads.destroy(), GRACE_MS);
    });
    const filename = new URL('./worker.js', import.meta.url).href;
    // A thread that waits for its next piece keeps its compiled code.
    this.threads = new Tinypool({ filename, minThreads: 1, maxThreads: flags.jobs, idleTimeout: 2 ** 31 - 1 });
  }

  async run(cells: readonly PlannedCell[]): Promise<Outcome> {
    const { flags, progress, words, schedule, checkpoint } = this;
    const stop = (why: number): void => void Atomics.compareExchange(words, task.STOP, 0, why);
    const onSigint = (): void => stop(task.SIGINT);
    process.once('SIGINT', onSigint); // a second one ends the process
    const timer = flags.timeLimit === undefined ? undefined : setTimeout(() => stop(task.TIME_LIMIT), flags.timeLimit * 1000);
    progress.begin(words, flags.jobs, cells.filter((p) => p.sameAs === undefined).length, schedule);
    checkpoint?.begin(() => this.save());
    try {
      await Promise.all(Array.from({ length: flags.jobs }, (_, runner) => this.work(runner)));
      if (words[task.STOP] !== 0) checkpoint?.write(schedule.image);
      else checkpoint?.remove();
      for (const open of schedule.takeRest()) await this.conclude(open, true);
    } finally {
      progress.end();
      this.watchdog.stop();
      checkpoint?.end();
      clearTimeout(timer);
      process.off('SIGINT', onSigint);
      await this.threads.destroy();
    }
    return { told: this.inOrder(cells), failure: this.failure, interrupted: words[task.STOP] === task.SIGINT };
  }

  /** What one runner does, until there is nothing left. */
  private async work(runner: number): Promise<void> {
    const { words, changes, busy, watchdog } = this;
    while (words[task.STOP] === 0) {
      const job = this.pausing ? null : this.next(runner);
      if (job === null) {
        if (busy.size === 0 && !this.pausing) return;
        if (!this.pausing) this.askToShare();
        this.idle++;
        await once(changes, 'change');
        this.idle--;
        continue;
      }
      busy.add(runner);
      words[task.runnerWord(runner, task.YIELD)] = 0;
      await job();
      watchdog.end(runner);
      busy.delete(runner);
      changes.emit('change');
    }
    changes.emit('change');
  }

  private next(runner: number): (() => Promise<void>) | null {
    const { schedule, flags } = this;
    if (flags.strategy !== 'exhaustive' || flags.preemptions !== undefined || flags.verifyDeterminism === true) {
      const planned = schedule.nextCell();
      return planned === null ? null : () => this.runWhole(planned, runner);
    }
    const work = schedule.nextPiece(runner, flags.jobs);
    return work === null ? null : () => this.runPiece(work, runner);
  }

  /** Asks the runner with the most branches to give some up, unless one has been asked. */
  private askToShare(): void {
    const { words, busy } = this;
    const asked = (runner: number): boolean => words[task.runnerWord(runner, task.YIELD)] !== 0;
    if ([...busy].some(asked)) return;
    const pending = (runner: number): number => words[task.runnerWord(runner, task.PENDING)]!;
    const [richest] = [...busy].sort((a, b) => pending(b) - pending(a));
    words[task.runnerWord(richest!, task.YIELD)] = task.SHARE;
  }

  private async ask<T>(name: string, what: task.Job): Promise<T | null> {
    const r = (await this.threads.run(what, { name }).catch((e: unknown) => {
      if (this.watchdog.failure === null) throw e;
      return { failure: this.watchdog.failure };
    })) as task.Or<T>;
    if (typeof r !== 'object' || r === null || !('failure' in r)) return r as T;
    this.failure ??= r.failure;
    Atomics.compareExchange(this.words, task.STOP, 0, task.FAILED);
    return null;
  }

  private jobOf({ target, cell }: PlannedCell, runner: number): task.Job {
    const { config, without, bufferDepth, scenario } = cell;
    const { shared, flags } = this;
    const bounded = bufferDepth !== undefined && { bufferDepth };
    return {
      scenario: scenario.name,
      module: target.module,
      config,
      without,
      ...bounded,
      guards: flags.necessity === true,
      shared,
      runner,
    };
  }

  private async runWhole(planned: PlannedCell, runner: number): Promise<void> {
    const { strategy, preemptions, depth, seed, verifyDeterminism, maxExecutions } = this.flags;
    const limits = { strategy, preemptions, depth, seed, verifyDeterminism, maxExecutions } as task.Limits;
    this.watchdog.begin(runner, planned);
    const r = await this.ask<task.TaskResult>('check', { ...this.jobOf(planned, runner), limits } as task.Task);
    if (r === null) return;
    this.schedule.results.set(planned, r.stopped ? { ...r, note: this.reason() } : r);
    this.progress.pieceDone(runner);
  }

  private async runPiece({ open, piece }: Work, runner: number): Promise<void> {
    const { shares, start } = piece;
    this.watchdog.begin(runner, open.planned);
    const of = { ...this.jobOf(open.planned, runner), start, parts: shares.map((s) => s.subtree) };
    const limit = { begun: open.begun, most: this.flags.maxExecutions ?? 0 };
    const done = await this.ask<task.PieceResult>('piece', { ...of, ...limit } as task.PieceTask);
    open.out.delete(runner);
    if (done === null) return;
    const { search } = open;
    search.giveBack(piece, done.slices);
    open.seconds += done.seconds;
    for (const guard of done.guards) open.guards.add(guard);
    if (done.limited) this.schedule.keepToLimit(open);
    this.progress.pieceDone(runner);
    if (this.schedule.hasEnded(open)) await this.conclude(open, false);
    else if (!this.pausing) this.schedule.splitFor(this.idle);
  }

  /** @param stopped before its end */
  private async conclude({ planned, search, seconds, guards }: Open, stopped: boolean): Promise<void> {
    if (stopped) search.cut ??= this.reason();
    const v: Verdict = search.verdict;
    const { verdict, complete, bounds, note, executions, blocked, transitions, counterexample: x } = v;
    const what = x === null ? null : { ...this.jobOf(planned, 0), start: x.start, picks: x.picks };
    const violation = what === null ? null : await this.ask<Report>('report', what as task.ReportTask);
    const counts = { executions, blocked, transitions };
    const whole = x?.whole ?? null;
    this.schedule.results.set(planned, {
      ...{ verdict, complete, bounds, note, ...counts, guarantee: null },
      ...{ seconds, stopped, violation, whole, guards: [...guards] },
    });
  }

  /** Stops all for a moment, and writes what is known. */
  private async save(): Promise<void> {
    const { busy, words, changes } = this;
    this.pausing = true;
    while (busy.size > 0) {
      for (const runner of busy) words[task.runnerWord(runner, task.YIELD)] = task.PAUSE;
      await once(changes, 'change');
    }
    if (words[task.STOP] === 0) this.checkpoint!.write(this.schedule.image);
    this.pausing = false;
    changes.emit('change');
  }

  private reason(): string {
    const why = this.words[task.STOP];
    if (why === task.TIME_LIMIT) return `cut by the time limit of ${this.flags.timeLimit} s`;
    return why === task.SIGINT ? 'interrupted' : 'stopped because another cell failed';
  }

  private inOrder(cells: readonly PlannedCell[]): Told[] {
    const { results } = this.schedule;
    const nothing: task.TaskResult = {
      verdict: 'inconclusive',
      complete: false,
      bounds: [],
      guarantee: null,
      note: `not begun: ${this.reason()}`,
      executions: 0,
      blocked: 0,
      transitions: 0,
      seconds: 0,
      stopped: true,
      violation: null,
      whole: null,
      guards: [],
    };
    const of = (p: PlannedCell): Told => toldOf(p, results.get(p) ?? nothing);
    return cells.map((p) => (p.sameAs === undefined ? of(p) : copyOf(p, of(cells[p.sameAs]!))));
  }
}
