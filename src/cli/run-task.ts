// SPDX-License-Identifier: GPL-2.0-only
/**
 * One case of a workload as a task for a worker thread, on the erased build: the main thread notices Ctrl-C meanwhile, and says how far it is.
 */
import type { MessagePort } from 'node:worker_threads';
import { clearMem, type PhysMem } from '../../mmu/phys-mem.ts';
import { Stopped } from '../engines/direct.ts';
import { inlineMore } from '../host/inlining.ts';
import { room } from '../host/room.ts';
import { khugepaged_attr_show } from '../kernel/mm/khugepaged/sysfs.ts';
import type { TimedRow } from '../report/timed-row.ts';
import { UsageError } from '../usage-error.ts';
import { ftraceLine } from '../workload/ftrace-text.ts';
import type { Operation } from '../workload/operation.ts';
import { runCase } from '../workload/run.ts';
import { type WorldConfig, worldMemory } from '../workload/world.ts';
import { type Failure, failureOf } from './exit.ts';

/** Words of `shared`. */
export const STOP = 0;
export const FRAMES = 1;
export const COLLAPSED = 2;
export const WORDS = 3;

export interface RunTask {
  operations: readonly Operation[];
  config: WorldConfig;
  traced: boolean;
  shared: SharedArrayBuffer;
  /** Whether what happens is told as timed rows too. */
  timed: boolean;
  /** Where the result of each operation goes, behind its timed rows; and null behind the last one. */
  port: MessagePort;
}

export interface RunEnd {
  /** What stopped the kernel, if something did. */
  stopped: string | null;
  failure: Failure | null;
}

inlineMore();

/** Of the machine before: its memory serves the next one. */
let last: PhysMem | null = null;

function memory(): PhysMem {
  if (last !== null) {
    clearMem(last);
    return (last = worldMemory(last.words));
  }
  try {
    return (last = worldMemory(room()));
  } catch (e) {
    if (e instanceof RangeError) throw new UsageError('the host has no room for the memory of a machine');
    throw e;
  }
}

export function runWorkload({ operations, config, traced, timed, shared, port }: RunTask): RunEnd {
  const words = new Int32Array(shared);
  const stopped = (): boolean => Atomics.load(words, STOP) !== 0;
  try {
    const results = runCase(operations, config, memory(), traced ? ftraceLine : null, {
      stopped,
      ...(timed && { timeline: (rows: TimedRow[]) => port.postMessage(rows) }),
      progress({ m, k }) {
        words[FRAMES] = m.mem.frames;
        if (k.globals.khugepaged !== 0) words[COLLAPSED] = Number(khugepaged_attr_show(m.contexts[0]!, 'pages_collapsed'));
      },
    });
    for (const result of results) {
      port.postMessage(result);
      if (stopped()) break;
    }
    return { stopped: null, failure: null };
  } catch (e) {
    return e instanceof Stopped ? { stopped: e.message, failure: null } : { stopped: null, failure: failureOf(e, null) };
  } finally {
    port.postMessage(null); // closing it would take the event loop, which waits for the next task
  }
}
