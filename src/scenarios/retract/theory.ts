// SPDX-License-Identifier: GPL-2.0-only
/**
 * When `retract` should be violated, worked out by hand from the history of the slot.
 *
 * The slot holds, one after the other, A -> none -> B (t1), or A -> none -> huge, not executable -> none -> B (t2); each change is one
 * CMPXCHG8B. The reader loads low, high, low again, and goes on if both lows are equal and a table's: so the lows are those of A and B (or of
 * one of them), and A and B, being different frames, have equal lows only if they lie at the same place of *different* 4 GiB windows a, b.
 *
 *   HIGHPTE=n    every table lies in window 0: never.
 *   t1           high was read in between: (L, 0). Bad if 0 is neither a nor b: three windows.
 *   t2           high was read at the huge entry, whose NX bit no table has: two windows. (The t1 pair is among its pairs as well.)
 *
 * The reader must then span the clear and the install of B: its first load before the clear, its last load after the install. With interrupts
 * off it cannot if, between the two, somebody waits for its CPU to take an interrupt:
 *
 *   the flush    reaches a CPU that has the mm loaded and is not lazy; a flush by hypercall waits for nobody
 *   the sync     reaches every CPU, if PARAVIRT=y builds it in. Under the locks nobody can install B before it is over; after the unlock that
 *                is so only if B comes from the very CPU that still has to do the sync first, or waits for the folio lock, which is held till
 *                retract_page_tables() has returned
 *
 * With interrupts on either may be served between the loads, and proves nothing.
 */
import type { Config } from '../scenario.ts';

/** Are there two tables, and something between them, that make a pair which is neither? */
export const pairsExist = (config: Config): boolean =>
  config.highpte === 'y' && Number(config.windows) >= (config.history === 't1' ? 3 : 2);

/** Does the sync come before the next table, on every CPU? */
export const syncWaits = (config: Config): boolean =>
  config.paravirt === 'y' &&
  (config.sync === 'under-lock' || (config.sync === 'after-unlock' && (config.refault === 'same' || config.via === 'cow')));

export function expected(config: Config): 'holds' | 'violated' {
  if (config.release === '6.5') return 'holds'; // mmap_lock and i_mmap_rwsem for writing: no reader overlaps
  const flushWaits = config.reader === 'active' && config.flush !== 'hypercall';
  const excluded = config.irqs === 'off' && (flushWaits || syncWaits(config));
  return pairsExist(config) && !excluded ? 'violated' : 'holds';
}
