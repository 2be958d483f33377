// SPDX-License-Identifier: GPL-2.0-only
/**
 * One litmus test as a task for a worker thread: its search would keep the main thread from noticing Ctrl-C.
 */
import { litmusMachine } from '../litmus/machine.ts';
import { type Outcomes, outcomesOf } from '../litmus/outcomes.ts';
import type { LitmusProgram } from '../litmus/program.ts';

export interface LitmusTask {
  program: LitmusProgram;
  /** One word: not 0 once the search should stop. */
  stop: SharedArrayBuffer;
}

export function runLitmus({ program, stop }: LitmusTask): Outcomes {
  const word = new Int32Array(stop);
  return outcomesOf(litmusMachine(program), () => Atomics.load(word, 0) === 0);
}
