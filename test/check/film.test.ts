// SPDX-License-Identifier: GPL-2.0-only
/**
 * The film of a counterexample: what the machine holds behind each transition agrees with what the transitions say, and the timeline made of it is well
 * formed. Time budget: 10 s.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Cell, makeCell } from '../../src/check/cell.ts';
import { checkCell } from '../../src/check/check.ts';
import { type Film, filmOf } from '../../src/check/film.ts';
import { type Report, reportOf } from '../../src/check/report.ts';
import { cellOfToken, parseToken } from '../../src/check/token.ts';
import { builtIn } from '../../src/cli/targets.ts';
import { Timeline, type TraceEvent } from '../../src/report/perfetto.ts';
import { complaints } from '../support/trace-complaints.ts';

function ofToken(token: string): { report: Report; film: Film } {
  const t = parseToken(token);
  return of(cellOfToken(t, builtIn(t.scenario)!), t.start, t.picks);
}

const of = (cell: Cell, start: number, picks: Parameters<typeof filmOf>[2]): { report: Report; film: Film } => ({
  report: reportOf(cell, start, picks),
  film: filmOf(cell, start, picks),
});

function found(scenario: string, without: string): { report: Report; film: Film } {
  const cell = makeCell(builtIn(scenario)!, {}, [without]);
  const x = checkCell(cell, { firstOnly: true }).counterexample!;
  return of(cell, x.start, x.picks);
}

function traceOf(film: Film): TraceEvent[] {
  const events: TraceEvent[] = [];
  const timeline = new Timeline(1, 'test', film.tracks, (e) => events.push(e));
  for (const row of film.timeline) timeline.push(row);
  timeline.close();
  return events;
}

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const torn = ofToken(/paelab1\.\S+/.exec(readme)![0]);
const stale = found('retract-user', 'collapse-flush');

describe.each([
  ['a torn pair', torn],
  ['a walk into a freed table', stale],
])('%s', (_, { report, film }) => {
  test('has a moment before the first and behind each transition', () => {
    expect(film.instants).toHaveLength(report.events.length + 1);
    expect(film.instants.map((now) => now.after)).toEqual(film.instants.map((_, k) => k));
  });

  test('holds in its entries what the transitions have written there', () => {
    for (const event of report.events) {
      const i = film.entries.findIndex((e) => e.name === event.word.replace(/_(low|high)\(/, '('));
      if (i < 0 || event.after === undefined) continue;
      const now = film.instants[event.seq]!.entries[i]!;
      const written = event.after.length === 2 ? [now.low, now.high] : [event.word.includes('_low') ? now.low : now.high];
      expect(written).toEqual(event.after);
      if (event.before.join() !== event.after.join()) expect(film.entries[i]!.lowBy[event.seq]).toBe(event.seq);
    }
  });

  test('names as writer of a half a transition of the past, and the same until another writes', () => {
    const wrong = (by: readonly number[]): boolean => by.some((seq, k) => seq !== k && seq !== (by[k - 1] ?? 0));
    expect(film.entries.filter(({ lowBy, highBy }) => wrong(lowBy) || wrong(highBy))).toEqual([]);
  });

  test('takes its store buffers from the same states as the report', () => {
    for (const event of report.events) expect(film.instants[event.seq]!.buffers).toEqual(event.state.buffers);
  });

  test('makes slices that nest and times that never go back', () => {
    const events = traceOf(film);
    expect(complaints(events)).toEqual([]);
    const arrows = events.filter((e) => e.ph === 's').length;
    expect(arrows).toBe(report.events.filter((e) => /^(interrupt|NMI) ->/.test(e.text)).length);
  });
});

test('the torn pair is told with the frame that it leads to', () => {
  const last = torn.film.instants.at(-1)!;
  expect(last.cpus[1]!.torn).toEqual([{ of: 'CPU1', pair: "0x0'12345067", frame: '0x12345, free' }]);
  expect(last.cpus.map((c) => c.interruptsOn)).toEqual([true, false]); // the STI is still in the store buffer
  expect(torn.film.frames).toContain(0x12345);
});

test('the page tables follow the entry', () => {
  const pmd = (k: number) => torn.film.instants[k]!.trees[0]!.root[0]!.children[0]!;
  expect(pmd(0)).toMatchObject({ name: 'pmd 0x40000000', frame: '0x112345 page table', watched: 0 });
  expect(pmd(14)).toMatchObject({ value: '0', frame: '' });
  expect(pmd(39)).toMatchObject({ value: "0x2'12345067", frame: '0x212345 page table' });
});

test('a freed table is still in what a TLB may remember', () => {
  const last = stale.film.instants.at(-1)!;
  expect(last.tlbs.flatMap((t) => t.remembered)).toEqual(['walk reads frame 0x12345']);
  expect(last.frames[0]).toBe('freed');
});

test('an interrupt goes from its sender to the handler, to the answer, to the end of the wait', () => {
  const rows = stale.film.timeline;
  const order = ['send', 'enter', 'ack', 'leave'].map((kind) => rows.findIndex((r) => r.kind === kind));
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(order[0]).toBeGreaterThan(0);
  const arrow = traceOf(stale.film).filter((e) => e.id !== undefined);
  expect(arrow.map((e) => `${e.ph} ${e.tid}`)).toEqual(['s 0', 't 1', 't 1', 'f 0']);
});
