// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the page of a counterexample shows: the report, and the film of its execution.
 */
import type { Cell } from '../check/cell.ts';
import type { Film, FilmedEntry } from '../check/film.ts';
import { cellText, lengthText, type Report } from '../check/report.ts';
import type { Event } from '../report/events.ts';
import type { Tree } from '../report/page-tables.ts';
import type { CpuState, EntryState, Instant } from '../report/snapshot.ts';
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

export function exploreData(cell: Cell, report: Report, film: Film): ExploreData {
  const trees: Tree[][] = [];
  const known = new Map<string, number>();
  const moments = film.instants.map(({ cpus, entries, buffers, tlbs, trees: now, frames }: Instant): Moment => {
    const key = JSON.stringify(now);
    const index = known.get(key) ?? trees.push(now) - 1;
    known.set(key, index);
    return { cpus, entries, buffers, tlbs, trees: index, frames };
  });
  const steps = report.events.map(({ state: _, ...event }): Step => {
    const passed = film.records.filter((r) => r.seq === event.seq);
    return { ...event, drawn: film.drawn.includes(event.seq), tracepoints: passed.map((r) => r.text) };
  });
  const { kind, summary, token, text, found } = report;
  const comms = Array.from({ length: film.cpus }, (_, cpu) => film.comms[cpu] ?? '');
  const { translates, entries } = film;
  const frames = film.frames.map((pfn) => `0x${pfn.toString(16)}`);
  return {
    kind,
    summary,
    cell: cellText(cell),
    length: lengthText(report.length),
    token,
    text,
    found,
    comms,
    translates,
    steps,
    entries,
    frames,
    moments,
    trees,
  };
}
