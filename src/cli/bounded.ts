// SPDX-License-Identifier: GPL-2.0-only
/**
 * Runs a user's code for so long and no longer, in whatever thread: a loop that never ends would keep the thread from noticing anything. V8 ends what a
 * script runs when its time is up, host functions included, so the code is called from a script.
 */
import { Script } from 'node:vm';
import type { Cell } from '../check/cell.ts';
import { type Report, reportOf } from '../check/report.ts';
import type { Pick } from '../engines/replay.ts';
import { UsageError } from '../usage-error.ts';

const SLOT = '__paelabBounded';
const script = new Script(`globalThis.${SLOT}()`);

/** For code that sets up or answers a question; what loops for ten seconds will not end. */
export const PATIENCE_S = 10;

/** For the report of an execution, which runs it again for each of its transitions. */
const REPORT_S = 60;

/**
 * @param what is named in the error: "FILE: setup()"
 * @throws UsageError if it does not end
 */
export function bounded<T>(what: string, run: () => T, seconds = PATIENCE_S): T {
  const slot = globalThis as { [SLOT]?: () => T };
  slot[SLOT] = run;
  try {
    return script.runInThisContext({ timeout: seconds * 1000 }) as T;
  } catch (e) {
    if ((e as NodeJS.ErrnoException | null)?.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw e;
    throw new UsageError(`${what} has run for ${seconds} s: a loop that never ends`);
  }
}

/** A replay of a cell, of a user's file or not. @throws as it does, or UsageError if it does not end */
export function boundedReplay<T>(run: () => T, file: string | undefined): T {
  return file === undefined ? run() : bounded(`${file}: a replay`, run, REPORT_S);
}

/** `reportOf`, bounded. */
export const boundedReport = (cell: Cell, start: number, picks: readonly Pick[], file: string | undefined): Report =>
  boundedReplay(() => reportOf(cell, start, picks, file), file);
