// SPDX-License-Identifier: GPL-2.0-only
/**
 * The board: what the threads of the parallel engine tell each other and whoever watches them, beside the memory of the machine. Each vCPU has a row of its
 * own cache line, which only it writes.
 *
 * Reference: docs/parallel.md, "The watchdog".
 */

/** Words of a row, and of the head before the rows. */
export const ROW = 16;

// Words of the head.
/** What everybody is asked to do: RUN, or to end. */
export const ORDER = 0;
/** Whose turn it is to boot: the number of a vCPU, or how many there are once all have. */
export const TURN = 1;
/** Of the boot before: how much of memory has been touched. */
export const OBJECT_TOP = 2;
export const FRAMES = 3;
/** How many vCPUs have come to each of the eight places where they wait for each other. */
export const ARRIVED = 4;
/** What programs count together; see their own names for these. */
export const SHARED_COUNTS = 12;

// Orders.
export const RUN = 0;
/** Stop after the operation that is under way. */
export const STOP = 1;
/** Stop where you are, and say what you wait for. */
export const TELL = 2;

// Words of a row.
/** Operations done so far, and the one under way: its code and two arguments. */
export const DONE = 0;
export const OPERATION = 1;
export const ARGUMENT = 2;
export const SECOND = 3;
/** The word that is waited for, or 0. */
export const WAITS_AT = 4;
/** How often the vCPU has entered or left the kernel: odd while it is there. */
export const CROSSINGS = 5;
/** How often a lock was not free at once. */
export const LOCK_WAITS = 6;
/** What programs count for themselves. */
export const OWN_COUNTS = 7;

export const rowOf = (cpu: number): number => (cpu + 1) * ROW;

export const createBoard = (cpus: number): Int32Array => new Int32Array(new SharedArrayBuffer(rowOf(cpus) * 4));
