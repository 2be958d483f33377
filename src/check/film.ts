// SPDX-License-Identifier: GPL-2.0-only
/**
 * A counterexample as a film: the whole machine before its first and behind each of its transitions, who wrote what is in the entries, and which
 * tracepoints were passed.
 */
import { DRAIN, RANGE, RMW } from '../../cpu/kinds.ts';
import type { Machine } from '../../cpu/machine.ts';
import type { Row, Trace } from '../../cpu/trace.ts';
import { entryPfn } from '../../mmu/entry.ts';
import { kindOfSlot, PMD_TABLE, PTE_TABLE } from '../../mmu/frames.ts';
import { pfnOfSlot, slotOfWord } from '../../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../../mmu/types.ts';
import type { Pick } from '../engines/replay.ts';
import { vector_name } from '../kernel/arch/x86/kernel/smp/vectors.ts';
import type { TraceRecord } from '../kernel/include/trace/trace.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { matters } from '../report/diagram.ts';
import { walksOf } from '../report/events.ts';
import { type FilmedEntry, type Instant, instantOf } from '../report/snapshot.ts';
import type { TimedRow } from '../report/timed-row.ts';
import type { Cell } from './cell.ts';
import { replayed } from './replayed.ts';
import { timelineOf, trackNames } from './timeline.ts';
import { instantsOf } from './watch.ts';

export interface Film {
  comms: readonly string[];
  cpus: number;
  /** Whether some vCPU's accesses are translated. */
  translates: boolean;
  entries: FilmedEntry[];
  /** Frame numbers of what was ever a page table, or was taken for one by a torn read. */
  frames: Pfn[];
  /** One more than there are transitions. */
  instants: Instant[];
  /** Numbers of the transitions that the race diagram draws. */
  drawn: number[];
  /** Tracepoints, each with the transition behind which it was passed. */
  records: { seq: number; record: TraceRecord; text: string }[];
  /** The same for a trace: names of the tracks, and rows. */
  tracks: string[];
  timeline: TimedRow[];
}

/** @throws ReplayError if the picks do not fit, or lead to no violation */
export function filmOf(cell: Cell, start: number, picks: readonly Pick[]): Film {
  const { built, trace } = replayed(cell, start, picks);
  const { machine: m, comms } = built;
  const at = entriesOf(m, trace);
  const walks = walksOf(trace);
  const drawn = trace.rows.filter((r) => matters(r, trace, m.contexts.length)).map((r) => r.seq);
  m.trace = null;
  const records = recordsOf(m, picks);
  const frames = framesOf(m, picks);
  const instants = instantsOf(m, picks, walks.length > 0, () => instantOf(m, { entries: at, walks, frames, vectorName: vector_name }));
  const timeline = timelineOf(m, trace, instants, vector_name);
  const entries = at.map((p, i) => ({ name: nameOf(p, trace.rows), ...writersOf(p, i, trace.rows, instants) }));
  return {
    comms,
    cpus: m.cpus,
    translates: walks.length > 0,
    entries,
    frames,
    instants,
    drawn,
    records,
    tracks: trackNames(m, comms),
    timeline,
  };
}

/** Entries of page directories, and of page tables those that two contexts touch. */
function entriesOf(m: Machine, { rows }: Trace): Ptr[] {
  const touched = new Map<Ptr, Set<number>>();
  for (const row of rows) {
    if (!row.entry || row.kind === RANGE) continue;
    const p = (row.at & ~1) as Ptr;
    touched.set(p, (touched.get(p) ?? new Set()).add(row.actor % m.contexts.length));
  }
  const isPmd = (p: Ptr): boolean => kindOfSlot(m.mem, slotOfWord(m.mem, p)) === PMD_TABLE;
  const kept = [...touched].filter(([p, who]) => who.size > 1 || isPmd(p)).map(([p]) => p);
  return kept.sort((a, b) => Number(isPmd(b)) - Number(isPmd(a)) || a - b);
}

/** What it was called when it was first touched: its table may be freed later. */
const nameOf = (p: Ptr, rows: readonly Row[]): string =>
  rows.find((r) => (r.at & ~1) === p && r.entry)!.name.replace(/_(?:low|high)\(/, '(');

/** A half is written where it changes, where a store of it drains, and where an exchange of both changes the other one. */
function writersOf(p: Ptr, i: number, rows: readonly Row[], instants: readonly Instant[]): Omit<FilmedEntry, 'name'> {
  const by = (half: 'low' | 'high', word: number): number[] => {
    const last = [0];
    for (let k = 1; k < instants.length; k++) {
      const row = rows[k - 1]!;
      const covers = row.at <= word && word < row.at + row.n;
      const stored = covers && (row.kind === DRAIN || (row.kind === RMW && (row.lo !== row.newLo || row.hi !== row.newHi)));
      const changed = instants[k]!.entries[i]![half] !== instants[k - 1]!.entries[i]![half];
      last.push(stored || changed ? k : last[k - 1]!);
    }
    return last;
  };
  return { lowBy: by('low', p), highBy: by('high', p + 1) };
}

function framesOf(m: Machine, picks: readonly Pick[]): Pfn[] {
  const found = new Set<Pfn>();
  instantsOf(m, picks, false, () => {
    for (let slot = 0; slot < m.mem.frames; slot++) if (kindOfSlot(m.mem, slot) === PTE_TABLE) found.add(pfnOfSlot(m.mem, slot));
    for (const c of m.contexts) if (c.tornAt !== 0) found.add(entryPfn(c.tornLo, c.tornHi));
  });
  return [...found].sort((a, b) => a - b);
}

function recordsOf(m: Machine, picks: readonly Pick[]): Film['records'] {
  const k = m.os as Kernel;
  const records: Film['records'] = [];
  k.tracer = { push: (record) => records.push({ seq: m.seq, record, text: recordText(record) }) };
  instantsOf(m, picks, false, () => null);
  k.tracer = null;
  return records;
}

/** "tlb_flush pages=1 reason=2" */
function recordText({ name, fields }: TraceRecord): string {
  return [
    name,
    ...Object.entries(fields).map(([key, v]) => `${key}=${typeof v === 'number' && v > 9999 ? `0x${v.toString(16)}` : v}`),
  ].join(' ');
}
