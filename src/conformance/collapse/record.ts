// SPDX-License-Identifier: GPL-2.0-only
/**
 * A recorded case: what a script of operations gave on a real kernel. test/vectors/collapse/README.md has the format.
 */

import { UsageError } from '../../usage-error.ts';
import type { Operation } from '../../workload/operation.ts';
import { parseOperation } from '../../workload/parse.ts';
import type { FileSnap, ProcessSnap } from '../../workload/result.ts';

/** A line, or a block of lines that is repeated with other addresses. */
export type TraceItem = string | { times: number; first: string[]; last: string[] };

export interface RecordedOp {
  op: string;
  ret?: number;
  err?: string;
  pages?: number;
  bad?: number;
  pages_collapsed?: number;
  full_scans?: number;
  vmstat?: Record<string, number>;
  status?: [string, string | number][];
  /** Its window, where it was measured. */
  window?: number;
  procs?: ProcessSnap[];
  files?: FileSnap[];
}

export interface Window {
  /** By boot: growth of each line of /proc/interrupts, for each CPU. */
  irq: Record<string, Record<'TLB' | 'CAL' | 'RES', number[]>>;
  /** By actor. */
  trace: Record<string, TraceItem[]>;
}

export interface CollapseRecord {
  id: string;
  ops: RecordedOp[];
  operations: Operation[];
  windows: Window[];
  /** Paths below `ops` of what differed in another boot. */
  unstable: string[];
  unstableTraces: Set<number>;
}

/** @param place for messages. @throws UsageError */
export function parseRecord(text: string, place: string): CollapseRecord {
  const raw = JSON.parse(text) as Partial<CollapseRecord> & { trace_differs_in_windows?: number[] };
  const { id, ops, windows } = raw;
  if (typeof id !== 'string' || !Array.isArray(ops) || !Array.isArray(windows))
    throw new UsageError(`${place}: not a case: id, ops or windows is missing`);
  return {
    id,
    ops,
    operations: ops.map((o, i) => parseOperation(String(o.op), `${place}: ops[${i}]`)),
    windows,
    unstable: raw.unstable ?? [],
    unstableTraces: new Set(raw.trace_differs_in_windows ?? []),
  };
}
