// SPDX-License-Identifier: GPL-2.0-only
/**
 * One process's figures: every task beside its loop without the access and with a bare load, round by round, so that what else the machine does falls
 * on all of them. Times are the process's own CPU time.
 */
import { Bench } from 'tinybench';
import { type Task, tasks } from './tasks.ts';

const ROUNDS = 7;
const ROUND_MS = 20;
/** What the compiler may take before the first round. */
const WARM_UP_MS = 250;

/** ns for one operation. */
export interface Figures {
  name: string;
  gross: number;
  loop: number;
  bare: number | null;
  most: number;
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
};

/** Operations to time at once, about: the clock counts in microseconds. */
const AT_ONCE = 65536;
let sink = 0;

function repeat(run: () => number, calls: number): void {
  for (let i = 0; i < calls; i++) sink = (sink + run()) | 0;
}

/** Mean of one round, in ns for an operation. */
async function round(task: Task, run: () => number, time = ROUND_MS): Promise<number> {
  const calls = Math.ceil(AT_ONCE / task.operations);
  const bench = new Bench({ time, iterations: 2, warmup: false, now: cpuMs }).add(task.name, () => repeat(run, calls));
  await bench.run();
  const { result } = bench.tasks[0]!;
  if (result.state === 'errored') throw result.error;
  if (result.state !== 'completed') throw new Error(`${task.name}: ${result.state}`);
  return (result.latency.mean * 1e6) / calls / task.operations;
}

export async function measure(seed: number): Promise<Figures[]> {
  const { begin, tasks: all } = tasks(seed);
  const figures: Figures[] = [];
  for (const task of all) {
    begin(task);
    const gross: number[] = [];
    const loop: number[] = [];
    const bare: number[] = [];
    for (const run of [task.run, task.empty, task.bare]) if (run !== undefined) await round(task, run, WARM_UP_MS);
    for (let r = 0; r < ROUNDS; r++) {
      gross.push(await round(task, task.run));
      loop.push(await round(task, task.empty));
      if (task.bare !== undefined) bare.push(await round(task, task.bare));
    }
    figures.push({
      name: task.name,
      gross: median(gross),
      loop: median(loop),
      bare: bare.length > 0 ? median(bare) : null,
      most: task.most,
    });
  }
  return figures;
}
