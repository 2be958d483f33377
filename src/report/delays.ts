// SPDX-License-Identifier: GPL-2.0-only
/**
 * A counterexample as mdelay() points: where each CPU has to be held up so that the others come first, to be tried in a guest. One delay for each change of
 * CPU, in the innermost function of Linux that does both what the CPU did last and what it does next.
 */
import { ACQUIRE, AWAIT, CHOOSE, DRAIN, WALK } from '../../cpu/kinds.ts';
import { ENTER } from '../../cpu/rmw.ts';
import type { Row, Trace } from '../../cpu/trace.ts';
import { callsOf } from './call-chain.ts';
import { eventText } from './event-text.ts';
import { isPiece, linuxFile, statementOf } from './linux-source.ts';

export interface Delay {
  cpu: number;
  /** The task that waits. */
  comm: string;
  ms: number;
  /** Transitions between which it waits. */
  from: number;
  to: number;
  function: string;
  /** Of Linux v6.6; of a function of the user's own, its file. */
  file: string;
  /** Statements between which the delay stands. */
  after: string;
  before: string;
  caller: string;
  /** What it waits for by itself, so that nothing has to be put there; null if something has. */
  waitsFor: string | null;
}

export interface DelayPlan {
  /** When each CPU's program has to be started, in milliseconds. */
  starts: { cpu: number; comm: string; ms: number }[];
  delays: Delay[];
  /** What delays cannot bring about. */
  notes: string[];
}

/** Time that each stretch on one CPU is given: far more than it takes. */
const STEP_MS = 100;

/** A callback runs on no CPU in particular. */
const laneOf = (row: Row): number => (row.callback ? -1 : row.cpu);

/** What a context would do next when all is over: a store that is still in its buffer, or its next operation. */
export interface Unfinished {
  ctx: number;
  site: number;
  at: number;
  text: string;
}

/** What a CPU does next, as far as it says where a delay goes. */
interface Step {
  seq: number;
  site: number;
  text: string;
}

/** A store that drains at once is an event of its program; one that drains late is nobody's to delay. */
const counts = (row: Row): boolean => row.kind !== DRAIN || !row.late;

/**
 * @param contexts how many the machine has
 * @param unfinished of the contexts that have not ended
 * @param guilty the context that the finding is about
 */
export function delaysOf(
  trace: Trace,
  contexts: number,
  comms: readonly string[],
  unfinished: readonly Unfinished[],
  guilty: number,
): DelayPlan {
  const rows = trace.rows.filter(counts);
  const stretch: number[] = [];
  for (const [i, row] of rows.entries()) stretch.push(i === 0 ? 0 : stretch[i - 1]! + (laneOf(row) === laneOf(rows[i - 1]!) ? 0 : 1));
  const end = (stretch.at(-1) ?? 0) + 1;
  const starts: DelayPlan['starts'] = [];
  const delays: Delay[] = [];
  for (const [i, row] of rows.entries()) {
    const { cpu } = row;
    const comm = comms[cpu] ?? `CPU${cpu}`;
    if (!row.callback && !starts.some((s) => s.cpu === cpu)) starts.push({ cpu, comm, ms: stretch[i]! * STEP_MS });
    if (row.callback || i + 1 === rows.length || stretch[i + 1] === stretch[i]) continue;
    const ctx = row.actor % contexts;
    const k = rows.findIndex((r, at) => at > i && r.actor % contexts === ctx);
    const rest = unfinished.find((u) => u.ctx === ctx && (ctx === guilty || matters(u, rows.slice(i + 1))));
    const next: Step | undefined =
      k < 0 ? rest && { ...rest, text: `/* ${rest.text} */`, seq: trace.rows.length } : stepOf(trace, rows[k]!);
    if (next === undefined) continue;
    const ms = ((k < 0 ? end : stretch[k]!) - stretch[i]!) * STEP_MS;
    const itself = k < 0 ? null : waitsFor(trace, row, rows[k]!);
    delays.push({ cpu, comm, ms, from: row.seq, to: next.seq, ...placeOf(trace, stepOf(trace, row), next), waitsFor: itself });
  }
  return { starts, delays, notes: notesOf(trace) };
}

/** Would it be in the way of what the others do? Halves of an entry count as one. */
const matters = (u: Unfinished, later: readonly Row[]): boolean =>
  later.some((r) => r.at >> 1 <= u.at >> 1 && u.at >> 1 <= (r.at + r.n - 1) >> 1);

/** Somebody else touches what it waits for in the meantime: then it has to wait whatever happens. */
function waitsFor(trace: Trace, from: Row, to: Row): string | null {
  if (to.kind !== AWAIT && (to.kind !== ACQUIRE || to.fn === ENTER)) return null;
  const released = trace.rows.some((r) => r.seq > from.seq && r.seq < to.seq && r.at === to.at && r.actor !== to.actor);
  return released ? eventText(to, trace.sites[to.site]!) : null;
}

interface Frame {
  name: string;
  file: string;
}

/** The call chain in functions of Linux, or of the user. */
function framesOf(trace: Trace, n: number): Frame[] {
  const site = trace.sites[n]!;
  return callsOf(site)
    .map((name, i) => ({ name, file: site.files[i]! }))
    .filter((f) => !isPiece(f.name));
}

/** The text is a statement of Linux where that is known. */
function stepOf(trace: Trace, row: Row): Step {
  const { seq, site } = row;
  const before = trace.rows.findLast((r) => r.actor === row.actor && r.seq < seq);
  const inside = framesOf(trace, site).at(-1)?.name ?? '';
  const known = statementOf(inside, row.name, before?.name.includes('_high') === true);
  return { seq, site, text: known ?? `/* ${eventText(row, trace.sites[site]!)} */` };
}

function placeOf(trace: Trace, from: Step, to: Step): Pick<Delay, 'function' | 'file' | 'after' | 'before' | 'caller'> {
  const a = framesOf(trace, from.site);
  const b = framesOf(trace, to.site);
  let n = 0;
  while (n < a.length && n < b.length && a[n]!.name === b[n]!.name) n++;
  const statement = (step: Step, callee: Frame | undefined): string => (callee === undefined ? step.text : `${callee.name}(...);`);
  return {
    function: a[n - 1]?.name ?? '?',
    file: linuxFile(a[n - 1]?.file ?? '?'),
    after: statement(from, a[n]),
    before: statement(to, b[n]),
    caller: a[n - 2]?.name ?? '',
  };
}

function notesOf(trace: Trace): string[] {
  const { rows } = trace;
  const lateDrains = rows.filter((r) => r.kind === DRAIN && r.late).length;
  const notes = [
    `Each stretch must be over within ${STEP_MS} ms. mdelay() spins, so it may stand under spinlocks and with interrupts off; it holds up interrupts for that CPU then, and what waits for them.`,
    'A function is called by others too: the test of current->comm keeps the delay to one task, not to one call.',
  ];
  if (lateDrains > 0)
    notes.push(
      `Not forced: ${lateDrains === 1 ? 'one store stays in its' : `${lateDrains} stores stay in their`} store buffer while the CPU goes on. No delay keeps a store back.`,
    );
  if (rows.some((r) => r.kind === ACQUIRE && r.fn === ENTER))
    notes.push('Not forced: when an interrupt arrives. It is taken as soon as its CPU has interrupts on, in a delay too.');
  if (rows.some((r) => r.callback))
    notes.push('Not forced: the RCU callback. The delay must outlast a grace period: raise it, or boot with rcupdate.rcu_expedited=1.');
  if (rows.some((r) => r.kind === WALK)) notes.push('Not forced: what a TLB or paging-structure cache remembers.');
  for (const r of rows) {
    if (r.kind === CHOOSE && r.choice > 0 && r.name === '') {
      const frames = framesOf(trace, r.site);
      notes.push(`Not forced: alternative ${r.choice + 1} of ${frames.at(-1)?.name ?? 'a choice'}() (event ${r.seq}).`);
    }
  }
  return notes;
}
