// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the page of a counterexample is given, without what makes it: the types of scripts in a browser stay apart from those of the kernel.
 */
import type { Event } from '../report/events.ts';
import type { Tree } from '../report/page-tables.ts';
import type { CpuState, EntryState, FilmedEntry } from '../report/snapshot.ts';
import type { BufferState, TlbState } from '../report/state.ts';

export interface Step extends Omit<Event, 'state'> {
  /** The race diagram draws it. */
  drawn: boolean;
  /** Tracepoints that were passed behind it. */
  tracepoints: string[];
}

/** The machine before the first step, or behind one. */
export interface Moment {
  cpus: CpuState[];
  entries: EntryState[];
  buffers: BufferState[];
  tlbs: TlbState[];
  /** Index into the page tables that occur. */
  trees: number;
  /** What each frame is. */
  frames: string[];
}

export interface ExploreData {
  kind: string;
  summary: string;
  /** Scenario, configuration and guards taken away, in one sentence. */
  cell: string;
  length: string;
  token: string;
  /** As it is printed. */
  text: string;
  /** Number of the step behind which it was found. */
  found: number;
  /** Name of the task on each vCPU; '' if it has none. */
  comms: string[];
  translates: boolean;
  steps: Step[];
  entries: FilmedEntry[];
  /** Numbers of the frames that were ever page tables, in hexadecimal. */
  frames: string[];
  moments: Moment[];
  trees: Tree[][];
}
