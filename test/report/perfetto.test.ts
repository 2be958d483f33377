// SPDX-License-Identifier: GPL-2.0-only
/** Timed rows as a trace: phases, arrows, what is closed at the end; and that the check of traces finds a bad one. Time budget: 1 s. */
import { expect, test } from 'vitest';
import { Timeline, type TraceEvent, TraceWriter } from '../../src/report/perfetto.ts';
import type { TimedRow } from '../../src/report/timed-row.ts';
import { complaints } from '../support/trace-complaints.ts';

function traceOf(rows: readonly TimedRow[]): TraceEvent[] {
  const events: TraceEvent[] = [];
  const timeline = new Timeline(3, 'shootdown', ['CPU0', 'CPU1', 'CPU2'], (e) => events.push(e));
  for (const row of rows) timeline.push(row);
  timeline.close();
  return events;
}

/** CPU0 interrupts both others, and waits for CPU1 only. */
const SHOOTDOWN: TimedRow[] = [
  { time: 0, cpu: 0, kind: 'begin', name: 'munmap' },
  { time: 100, cpu: 0, kind: 'send', to: 1, name: 'call function' },
  { time: 200, cpu: 0, kind: 'send', to: 2, name: 'call function' },
  { time: 300, cpu: 0, kind: 'wait', name: 'csd(0 to 1)' },
  { time: 500, cpu: 1, kind: 'enter', name: 'call function' },
  { time: 600, cpu: 2, kind: 'enter', name: 'call function' },
  { time: 700, cpu: 1, kind: 'instant', name: 'tlb_flush', args: { pages: 1 } },
  { time: 800, cpu: 1, kind: 'ack', to: 0 },
  { time: 850, cpu: 2, kind: 'ack', to: 0 },
  { time: 900, cpu: 1, kind: 'leave' },
  { time: 950, cpu: 0, kind: 'waited', from: 1 },
];

test('arrows follow the interrupts, each to its own end', () => {
  const events = traceOf(SHOOTDOWN);
  expect(complaints(events)).toEqual([]);
  const [one, other] = [0, 1].map((k) => events.filter((e) => e.id === 3 * 2 ** 32 + k).map((e) => `${e.ph} CPU${e.tid} ${e.ts}`));
  expect(one).toEqual(['s CPU0 0.1', 't CPU1 0.5', 't CPU1 0.8', 'f CPU0 0.95']);
  expect(other).toEqual(['s CPU0 0.2', 't CPU2 0.6', 't CPU2 0.85']);
});

test('an answer that nobody waited for is not taken for one to a later call', () => {
  const later = SHOOTDOWN.map((row) => ({ ...row, time: row.time + 1000 }));
  const events = traceOf([...SHOOTDOWN.filter(({ kind }) => kind !== 'wait' && kind !== 'waited'), ...later]);
  expect(complaints(events)).toEqual([]);
  expect(events.filter((e) => e.ph === 'f').map((e) => e.id! % 2 ** 32)).toEqual([2]);
});

test('what is open at the end is closed there', () => {
  expect(traceOf(SHOOTDOWN).slice(-2)).toEqual([
    { ph: 'E', pid: 3, tid: 0, ts: 0.95 },
    { ph: 'E', pid: 3, tid: 2, ts: 0.95 },
  ]);
});

test('a document of it is JSON', () => {
  let text = '';
  const writer = new TraceWriter((piece) => (text += piece));
  const events = traceOf(SHOOTDOWN);
  events.forEach(writer.emit);
  writer.end();
  expect(JSON.parse(text)).toEqual({ displayTimeUnit: 'ns', traceEvents: events });
});

test('the check finds slices that stay open, times that go back, and arrows in the air', () => {
  const events = traceOf(SHOOTDOWN);
  expect(complaints(events.slice(0, -1))).toEqual(['1 slices stay open on 2']);
  expect(complaints(events.map((e) => (e.name === 'tlb_flush' ? { ...e, ts: 0.2 } : e)))).toEqual(['tlb_flush on 1 at 0.2 is before 0.5']);
  expect(complaints(events.filter((e) => e.cat !== 'interrupt'))).toContain('an arrow on 1 at 0.5 outside of any slice');
});
