// SPDX-License-Identifier: GPL-2.0-only
/**
 * A counterexample as timed rows. It has no clock: each transition takes a microsecond, and what a vCPU does between two of its own lasts as long as the
 * others take. Callbacks and page walks that nobody asked for have tracks of their own.
 */
import { ACQUIRE, AWAIT, DRAIN, RMW } from '../../cpu/kinds.ts';
import type { Machine } from '../../cpu/machine.ts';
import { isEntry, isReturn, type RmwFn } from '../../cpu/rmw.ts';
import type { Row, Site, Trace } from '../../cpu/trace.ts';
import { CALLBACK, isHandler, SPECULATION, type Vcpu } from '../../cpu/vcpu.ts';
import { callsOf, functionOf } from '../report/call-chain.ts';
import { eventText, primitiveAt } from '../report/event-text.ts';
import type { Instant } from '../report/snapshot.ts';
import type { TimedRow } from '../report/timed-row.ts';

/** ns that a transition takes, and at which of them it is over, code runs on to the next operation, and a wait begins. */
const STEP = 1000;
const OVER = 800;
const RUNS_ON = 900;
const WAITS = 950;

export function trackNames(m: Machine, comms: readonly string[]): string[] {
  const cpus = Array.from({ length: m.cpus }, (_, cpu) => cpu);
  const programs = cpus.map((cpu) => `CPU${cpu}${comms[cpu] === undefined ? '' : ` (${comms[cpu]})`}`);
  const more = m.contexts.some((c) => c.role >= CALLBACK) ? [...cpus.map((cpu) => `callbacks of CPU${cpu}`), 'page walks'] : [];
  return [...programs, ...more];
}

const trackOf = (c: Vcpu): number => (c.role === SPECULATION ? 2 * c.m.cpus : c.role === CALLBACK ? c.m.cpus + c.id : c.id);

/** @param instants before the first transition and behind each */
export function timelineOf(m: Machine, trace: Trace, instants: readonly Instant[], vectorName: (vector: number) => string): TimedRow[] {
  const rows: TimedRow[] = [];
  const T = m.contexts.length;
  const open = m.contexts.map((): string[] => []);
  /** The next transition of each context, behind each transition. */
  const own = m.contexts.map((c) => trace.rows.filter((r) => r.actor === c.ctx));

  /** The code of a context has come to its next operation: what it has left closes, what it is in opens, and it may wait. */
  const runOn = (c: Vcpu, seq: number): void => {
    const next = own[c.ctx]!.find((r) => r.seq > seq);
    const time = seq * STEP + RUNS_ON;
    const cpu = trackOf(c);
    const calls = next === undefined ? [] : callersOf(trace.sites[next.site]!);
    const stack = open[c.ctx]!;
    let same = 0;
    while (same < stack.length && same < calls.length && stack[same] === calls[same]) same++;
    for (let i = stack.length; i > same; i--) rows.push({ time, cpu, kind: 'end' });
    for (const name of calls.slice(same)) rows.push({ time, cpu, kind: 'begin', name: `${name}()` });
    open[c.ctx] = calls;
    if (next !== undefined && waits(c, seq, next))
      rows.push({ time: seq * STEP + WAITS, cpu, kind: 'wait', name: `wait for ${next.name}` });
  };

  const waits = (c: Vcpu, from: number, next: Row): boolean => {
    const name = m.contextName(c);
    return instants
      .slice(from, next.seq)
      .some((now) => now.cpus[c.id]?.contexts.some((x) => x.of === name && /^(?:waits|is in HLT)/.test(x.is)));
  };

  for (const c of m.contexts) if (!isHandler(c) && own[c.ctx]!.length > 0) runOn(c, 0);
  for (const row of trace.rows) {
    const c = m.contexts[row.actor % T]!;
    const cpu = trackOf(c);
    const time = row.seq * STEP;
    const last = own[c.ctx]!.findLast((r) => r.seq < row.seq)?.seq ?? 0;
    if (row.actor < T && !isHandler(c) && waits(c, last, row)) rows.push({ time, cpu, kind: 'waited', ...answerer(row) });
    rows.push(...told(row, trace, time, cpu, vectorName));
    if (row.actor < T) runOn(c, row.seq);
  }
  return rows;
}

/** The functions around a transition; a primitive is the transition itself. */
const callersOf = (site: Site): string[] => (primitiveAt(site) >= 0 ? callsOf(site).slice(0, -1) : callsOf(site));

/** Whose answer a wait was for. */
function answerer(row: Row): { from?: number } {
  const csd = /^csd\(\d+ to (\d+)\)/.exec(row.name);
  return csd === null ? {} : { from: Number(csd[1]) };
}

function told(row: Row, trace: Trace, time: number, cpu: number, vectorName: (vector: number) => string): TimedRow[] {
  const site = trace.sites[row.site]!;
  const over = time + OVER;
  if (row.kind === ACQUIRE && isEntry(row.fn as RmwFn)) return [{ time, cpu, kind: 'enter', name: handlerName(row, vectorName) }];
  if (row.kind === RMW && isReturn(row.fn as RmwFn)) return [{ time, cpu, kind: 'leave' }];
  const sent = /^pending (?:interrupts|NMI)\(CPU(\d+)\)$/.exec(row.name);
  if (sent !== null) return [{ time, cpu, kind: 'send', to: Number(sent[1]), name: 'interrupt' }];
  const text = eventText(row, site);
  const args = { transition: row.seq, function: functionOf(site), word: row.name };
  if (row.kind !== DRAIN) {
    const from = row.kind === AWAIT ? answerer(row) : {};
    // Who has its answer already does not wait; the arrow ends here.
    const end: TimedRow = from.from === undefined ? { time: over, cpu, kind: 'end' } : { time: over, cpu, kind: 'waited', ...from };
    return [{ time, cpu, kind: 'begin', name: text, args }, end];
  }
  const answer = /^csd\((\d+) to \d+\)/.exec(row.name);
  const acks = answer !== null && site.calls.includes('csd_unlock');
  return [{ time, cpu, kind: 'instant', name: text, args }, ...(acks ? [{ time, cpu, kind: 'ack' as const, to: Number(answer[1]) }] : [])];
}

const handlerName = (row: Row, vectorName: (vector: number) => string): string =>
  row.name.startsWith('pending NMI') ? 'NMI' : vectorName(31 - Math.clz32(row.lo));
