// SPDX-License-Identifier: GPL-2.0-only
/**
 * The tracepoints that a counterexample passes, as ftrace would print them; its clock counts transitions as microseconds.
 */
import type { Film } from '../check/film.ts';
import { FTRACE_HEADER, ftraceLine } from '../workload/ftrace-text.ts';

export function ftraceText({ records, comms }: Film): string {
  const lines = records.map(({ seq, record }) => ftraceLine(record, comms[record.cpu] ?? `cpu${record.cpu}`, seq / 1e6));
  return `${[...FTRACE_HEADER, ...lines].join('\n')}\n`;
}
