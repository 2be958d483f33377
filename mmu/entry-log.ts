// SPDX-License-Identifier: GPL-2.0-only
/**
 * The values that each 8-byte page-table entry has held during an execution, in the order in which they reached memory.
 * A pair (low, high) read in two loads is *torn* if the entry held it at no instant between the first load and the last.
 * The half-way state of a primitive that stores the halves one by one is not a value: only its last store is logged.
 *
 * Reference: Linux v6.6 include/linux/pgtable.h, ptep_get_lockless; semantics in docs/design-notes.md, "Torn".
 */
import { longer } from './longer.ts';
import type { Ptr } from './types.ts';

export interface EntryLog {
  n: number;
  /** Word index of the entry's low half. */
  at: Int32Array;
  /** Sequence number of the event that made the value; -1 for the value in the image. */
  seq: Int32Array;
  lo: Int32Array;
  hi: Int32Array;
}

export function createEntryLog(): EntryLog {
  const column = () => new Int32Array(4096);
  return { n: 0, at: column(), seq: column(), lo: column(), hi: column() };
}

function push(log: EntryLog, at: Ptr, seq: number, lo: number, hi: number): void {
  if (log.n === log.at.length) {
    for (const k of ['at', 'seq', 'lo', 'hi'] as const) log[k] = longer(log[k]);
  }
  log.at[log.n] = at;
  log.seq[log.n] = seq;
  log.lo[log.n] = lo;
  log.hi[log.n++] = hi;
}

/** The entry is about to change for the first time, perhaps only by half: until then it held (lo, hi). */
export function logImage(log: EntryLog, at: Ptr, lo: number, hi: number): void {
  for (let i = log.n - 1; i >= 0; i--) if (log.at[i] === at) return;
  push(log, at, -1, lo, hi);
}

/** The entry at `at` holds (lo, hi) from event `seq` on; before its first change it held (oldLo, oldHi). */
export function logEntry(log: EntryLog, at: Ptr, seq: number, oldLo: number, oldHi: number, lo: number, hi: number): void {
  logImage(log, at, oldLo, oldHi);
  push(log, at, seq, lo, hi);
}

/** Did the entry hold (lo, hi) at some instant from event `from` to event `to`? An entry without a record has not changed. */
export function wasHeld(log: EntryLog, at: Ptr, from: number, to: number, lo: number, hi: number, nowLo: number, nowHi: number): boolean {
  let known = false;
  for (let i = log.n - 1; i >= 0; i--) {
    if (log.at[i] !== at) continue;
    known = true;
    if (log.seq[i]! > to) continue;
    if (log.lo[i] === (lo | 0) && log.hi[i] === (hi | 0)) return true;
    if (log.seq[i]! < from) return false; // held when the first load ran, and everything older was gone by then
  }
  return known ? false : (nowLo | 0) === (lo | 0) && (nowHi | 0) === (hi | 0);
}

/** Did the entry change after event `from` and not after event `to`? */
export function changedWithin(log: EntryLog, at: Ptr, from: number, to: number): boolean {
  for (let i = log.n - 1; i >= 0; i--) if (log.at[i] === at && log.seq[i]! > from && log.seq[i]! < to) return true;
  return false;
}
