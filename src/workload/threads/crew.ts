// SPDX-License-Identifier: GPL-2.0-only
/**
 * The threads of one run, and the watchdog over them. A run in which nothing moves any more is given up: every thread is asked what it waits for, and one that does
 * not answer is ended. So is a run in which a thread has died or has found the kernel guilty, since whoever waits for that thread would wait for ever.
 */
import { Worker } from 'node:worker_threads';
import { ARGUMENT, DONE, OPERATION, ORDER, ROW, rowOf, SECOND, STOP, TELL } from '../../../cpu/parallel/board.ts';
import { operationText } from './operations.ts';
import type { ThreadEnd, ThreadTask } from './run.ts';

/** How often the watchdog looks, and what a thread that is asked has to answer in; ms. */
const LOOK = 250;
const ANSWER = 2000;

export interface Trouble {
  cpu: number;
  /** The operation that was under way. */
  operation: string;
  /** What became of the thread. */
  what: string;
}

export interface CrewEnd {
  /** Of the threads that came to their end. */
  ends: ThreadEnd[];
  /** Threads that died: a defect of paelab, or of the host. */
  died: Trouble[];
  /** Nothing moved any more: what each thread was doing. */
  hung: Trouble[];
}

export class Crew {
  readonly workers: Worker[];
  private readonly board: Int32Array;
  private readonly patience: number;
  private readonly result: CrewEnd = { ends: [], died: [], hung: [] };
  private left: number;
  private givenUp = 0;
  private hanging = false;
  private ending = false;
  private readonly timer: NodeJS.Timeout;
  private over: () => void = () => {};
  private seen = '';
  private movedAt = performance.now();

  /**
   * @param url of src/cli/vcpu, built
   * @param tasks one for each vCPU
   * @param patience milliseconds without any movement after which the run is given up
   */
  constructor(url: URL, tasks: readonly ThreadTask[], patience: number) {
    this.patience = patience;
    this.board = tasks[0]!.board;
    this.left = tasks.length;
    this.workers = tasks.map((task) => this.start(url, task));
    this.timer = setInterval(() => this.look(), LOOK);
  }

  /** Resolves when every thread has ended or was given up. */
  async end(): Promise<CrewEnd> {
    if (this.left > 0) await new Promise<void>((resolve) => (this.over = resolve));
    clearInterval(this.timer);
    this.ending = true;
    await Promise.all(this.workers.map((worker) => worker.terminate()));
    return this.result;
  }

  /** Asks every program to end. */
  stop(): void {
    Atomics.compareExchange(this.board, ORDER, 0, STOP);
  }

  private start(url: URL, task: ThreadTask): Worker {
    const { cpu } = task;
    const worker = new Worker(url, { workerData: task });
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      if (--this.left === 0) this.over();
    };
    const die = (what: string): void => {
      if (ended || this.ending) return;
      this.result.died.push(this.troubleOf(cpu, what));
      this.giveUp();
      end();
    };
    worker.on('message', (message: ThreadEnd) => {
      if (message.stuck !== null) (this.hanging ? this.result.hung : []).push(this.troubleOf(cpu, message.stuck));
      else this.result.ends.push(message);
      if (message.stopped !== null) this.giveUp();
      end();
    });
    worker.on('error', (e: Error) => die(`died: ${e.stack ?? e.message}`));
    worker.on('exit', (code) => die(`died with exit code ${code}`));
    return worker;
  }

  private troubleOf(cpu: number, what: string): Trouble {
    const { board } = this;
    const row = rowOf(cpu);
    return { cpu, operation: operationText(board[row + OPERATION]!, board[row + ARGUMENT]!, board[row + SECOND]!), what };
  }

  private giveUp(): void {
    if (this.givenUp === 0) this.givenUp = performance.now();
    Atomics.store(this.board, ORDER, TELL);
  }

  private look(): void {
    const now = performance.now();
    if (this.givenUp !== 0) {
      if (now > this.givenUp + ANSWER) this.dismiss();
      return;
    }
    const seen = this.movement();
    if (seen !== this.seen) {
      this.seen = seen;
      this.movedAt = now;
    } else if (now > this.movedAt + this.patience) {
      this.hanging = true;
      this.giveUp();
    }
  }

  /** Who has not answered. */
  private dismiss(): void {
    const answered = new Set([...this.result.ends, ...this.result.hung, ...this.result.died].map(({ cpu }) => cpu));
    if (this.hanging)
      for (const cpu of this.workers.keys()) if (!answered.has(cpu)) this.result.hung.push(this.troubleOf(cpu, 'does not answer'));
    this.left = 0;
    this.over();
  }

  /** Changes with every operation that ends, and with every boot. */
  private movement(): string {
    const { board } = this;
    return `${board.subarray(0, ROW).join()},${this.workers.map((_, cpu) => board[rowOf(cpu) + DONE]).join()}`;
  }
}
