// SPDX-License-Identifier: GPL-2.0-only
/**
 * What the page of a counterexample shows: the report, and the film of its execution.
 */
import type { Cell } from '../check/cell.ts';
import type { Film } from '../check/film.ts';
import { cellText, lengthText, type Report } from '../check/report.ts';
import type { Tree } from '../report/page-tables.ts';
import type { Instant } from '../report/snapshot.ts';
import type { ExploreData, Moment, Step } from './explore-data.ts';

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
