// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a context may be about to do, and what an event of an execution may be.
 * Reference: Intel SDM Vol. 3A 9.2 (memory ordering), Sewell et al., "x86-TSO", CACM 2010.
 */

/** The program has ended. */
export const END = 0;
/** A marked load of one or two words. */
export const LOAD = 1;
/** A locked operation, or another operation that reads and writes memory at once. */
export const RMW = 2;
/** A load that waits until the word has a given value. */
export const AWAIT = 3;
/** A locked operation that waits until it can succeed, such as taking a lock. */
export const ACQUIRE = 4;
/** One of n alternatives. */
export const CHOOSE = 5;
/** A write to a whole range of words: a frame that is freed. */
export const RANGE = 6;
/** The oldest marked store of a buffer reaches memory. */
export const DRAIN = 7;
/** Cut: a loop that cannot make progress, or an assumption that failed. */
export const BLOCK = 8;
/** Go on with another task of this vCPU. Never an event. */
export const SWITCH = 9;
/** Stopped by a violation. */
export const DEAD = 10;
/** A user access looks for its translation. From here on kinds concern translations. */
export const WALK = 11;
/** INVLPG or MOV CR3. */
export const INVALIDATE = 12;
/** A store to a page-table entry enters the buffer, where walks of its vCPU see it. */
export const ISSUE = 13;
/** Nothing but time passes, which others use: on machines with a meter alone. */
export const ELAPSE = 14;

export const KIND_NAMES = [
  'end',
  'load',
  'rmw',
  'await',
  'acquire',
  'choose',
  'range',
  'drain',
  'block',
  'switch',
  'dead',
  'walk',
  'invalidate',
  'issue',
  'elapse',
] as const;
