// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a thread does from its start to its end: boots the machine in its turn, runs the program of its vCPU, and says what came of it.
 */
import { Stuck } from '../../../cpu/parallel/wait.ts';
import { Stopped } from '../../engines/direct.ts';
import { bootInTurn, type ThreadData } from './boot.ts';
import { prepareSeparate, runSeparate, type Separate } from './separate.ts';
import { Thread } from './thread.ts';

export interface ThreadTask extends ThreadData {
  program: Separate;
}

export interface ThreadEnd {
  cpu: number;
  /** What the kernel was found guilty of. */
  stopped: string | null;
  /** What it waited for when the run was given up. */
  stuck: string | null;
  /** Words that did not hold what they should. */
  bad: number;
  /** Of the program alone. */
  ms: number;
}

export function runThread(task: ThreadTask): ThreadEnd {
  const { world, prepared } = bootInTurn(task, (w) => prepareSeparate(w, task.program));
  const end: ThreadEnd = { cpu: task.cpu, stopped: null, stuck: null, bad: 0, ms: 0 };
  const t = new Thread(world);
  try {
    t.meet(0);
    const from = performance.now();
    end.bad = runSeparate(t, prepared[task.cpu]!, task.program);
    end.ms = performance.now() - from;
    t.meet(1);
  } catch (e) {
    if (e instanceof Stopped) end.stopped = e.message;
    else if (e instanceof Stuck) end.stuck = e.message;
    else throw e;
  }
  return end;
}
