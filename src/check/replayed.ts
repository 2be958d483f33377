// SPDX-License-Identifier: GPL-2.0-only
/**
 * One execution run again with a trace: what every report of it is made of.
 */
import { Trace } from '../../cpu/trace.ts';
import type { Violation } from '../../cpu/violation.ts';
import { type Pick, ReplayError } from '../engines/replay.ts';
import { drive } from '../engines/strategy.ts';
import { type Built, build, type Cell } from './cell.ts';
import { judge } from './counterexample.ts';
import { Recording } from './watch.ts';

export interface Replayed {
  /** Its machine stands at the end of the execution, and still has the trace. */
  built: Built;
  trace: Trace;
  recording: Recording;
  violation: Violation;
}

/** @throws ReplayError if the picks do not fit, or lead to no violation */
export function replayed(cell: Cell, start: number, picks: readonly Pick[]): Replayed {
  const built = build(cell, start);
  const trace = new Trace();
  built.machine.trace = trace;
  const recording = new Recording(picks);
  drive(built.machine, recording, () => true);
  const violation = judge(built, recording.outcome!, new Set());
  if (violation === null || (violation.atEnd && recording.cut)) throw new ReplayError('the replayed execution has no violation');
  return { built, trace, recording, violation };
}
