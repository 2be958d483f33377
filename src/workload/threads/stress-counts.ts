// SPDX-License-Identifier: GPL-2.0-only
/**
 * The size of the stress program, what is asked of it, and where on the board it counts: what the main thread, which runs none of it, has to know.
 */
import { OWN_COUNTS, SHARED_COUNTS } from '../../../cpu/parallel/board.ts';

export const HPAGE_PAGES = 512;

/** Ranges of 2 MiB of anonymous memory, and of the file. */
export const ANON_RANGES = 2;
export const FILE_RANGES = 2;
export const RANGES = ANON_RANGES + FILE_RANGES;
export const STRESS_PAGES = RANGES * HPAGE_PAGES;
export const FIRST_FILE_PAGE = ANON_RANGES * HPAGE_PAGES;

export interface Stress {
  program: 'stress';
  seed: number;
  /** The run ends when so many have succeeded. */
  collapses: number;
  /** ledger.ts */
  drops: Int32Array;
}

/** On the board, by all threads: collapses that succeeded. */
export const COLLAPSED = SHARED_COUNTS;
/** By each: attempts to collapse, stores and loads, pages dropped. */
export const ATTEMPTS = OWN_COUNTS;
export const ACCESSES = OWN_COUNTS + 1;
export const DROPPED = OWN_COUNTS + 2;
