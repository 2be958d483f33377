// SPDX-License-Identifier: GPL-2.0-only
/**
 * Every transition of an execution, in order: who did what, in which function, on which values, and what the vCPUs held afterwards.
 */
import { DRAIN, KIND_NAMES, LOAD, WALK } from '../../cpu/kinds.ts';
import type { Machine } from '../../cpu/machine.ts';
import type { Row, Trace } from '../../cpu/trace.ts';
import { callsOf, functionOf } from './call-chain.ts';
import { eventText } from './event-text.ts';
import { type MachineState, stateLines, type Walk } from './state.ts';

export interface Event {
  seq: number;
  cpu: number;
  context: 'program' | 'interrupt' | 'nmi' | 'callback' | 'speculation';
  function: string;
  /** Outermost function first. */
  calls: string[];
  /** Place in the port, or in the user's file, where it was issued. */
  file: string;
  line: number;
  operation: string;
  /** What it touches; of a walk, what is accessed; '' for a choice. */
  word: string;
  /** Values of the words before and after; `after` is absent where nothing is written. */
  before: string[];
  after?: string[];
  /** In one line. */
  text: string;
  /** When it had run. */
  state: MachineState;
}

const hex = (v: number): string => `0x${(v >>> 0).toString(16)}`;

/** @param states after each transition, from 0 (nothing has run) on */
export function eventsOf(m: Machine, trace: Trace, states: readonly MachineState[]): Event[] {
  return trace.rows.map((row) => {
    const site = trace.sites[row.site]!;
    const words = row.kind < WALK && row.n <= 2;
    const pair = (lo: number, hi: number): string[] => (!words || row.n === 0 ? [] : row.n === 2 ? [hex(lo), hex(hi)] : [hex(lo)]);
    const after = row.kind === LOAD || !words ? [] : pair(row.newLo, row.newHi);
    return {
      seq: row.seq,
      cpu: row.cpu,
      context: contextOf(m, row),
      function: functionOf(site),
      calls: callsOf(site),
      file: site.file,
      line: site.line,
      operation: KIND_NAMES[row.kind]!,
      word: row.name,
      before: pair(row.lo, row.hi),
      ...(after.length > 0 && { after }),
      text: eventText(row, site),
      state: states[row.seq]!,
    };
  });
}

function contextOf(m: Machine, row: Row): Event['context'] {
  const { role } = m.contexts[row.actor % m.contexts.length]!;
  return (['program', 'interrupt', 'nmi', 'callback', 'speculation'] as const)[role]!;
}

/** What each vCPU looks up in the execution, once each. */
export function walksOf(trace: Trace): Walk[] {
  const walks = new Map<string, Walk>();
  for (const r of trace.rows) if (r.kind === WALK) walks.set(`${r.cpu} ${r.lo} ${r.hi}`, { cpu: r.cpu, va: r.lo, access: r.hi });
  return [...walks.values()];
}

const MARKS = { program: '', interrupt: ' irq', nmi: ' nmi', callback: ' rcu', speculation: ' spec' } as const;

/** The list for people: a line an event, below it what is in store buffers then, and what TLBs may give, where that has changed. */
export function eventsText(events: readonly Event[], found: number): string {
  const wide = (texts: string[]): number => Math.max(0, ...texts.map((t) => t.length));
  const who = (e: Event): string => (e.context === 'speculation' ? 'spec' : `CPU${e.cpu}${MARKS[e.context]}`);
  const [a, b, c] = [wide(events.map(who)), wide(events.map((e) => e.function)), wide(events.map((e) => e.operation))];
  let before: string[] = [];
  const lines: string[] = [];
  for (const e of events) {
    const mark = e.seq === found ? '  <- here' : '';
    lines.push(
      `${String(e.seq).padStart(4)}  ${who(e).padEnd(a)}  ${e.function.padEnd(b)}  ${e.operation.padEnd(c)}  ${valuesText(e)}${mark}`,
    );
    const now = stateLines(e.state);
    for (const line of now) if (!before.includes(line)) lines.push(`${' '.repeat(6)}${line}`);
    before = now;
  }
  return lines.map((l) => l.trimEnd()).join('\n');
}

function valuesText(e: Event): string {
  const whole = (v: string[]): string => v.join(' ');
  if (e.word === '' || e.before.length === 0) return e.word === '' ? e.text : `${e.word}${e.text === e.word ? '' : `: ${e.text}`}`;
  if (e.after === undefined) return `${e.word} is ${whole(e.before)}`;
  if (e.operation === KIND_NAMES[DRAIN]) return `${e.word} = ${whole(e.after)} (was ${whole(e.before)})`;
  return whole(e.before) === whole(e.after) ? `${e.word} is ${whole(e.before)}` : `${e.word}: ${whole(e.before)} -> ${whole(e.after)}`;
}
