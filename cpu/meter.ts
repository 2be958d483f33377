// SPDX-License-Identifier: GPL-2.0-only
/**
 * Whoever counts what code does besides its operations: an engine with a clock charges time for it. A machine without one asks a single comparison.
 *
 * Reference: docs/design-notes.md, "The clock".
 */
import type { Ptr } from '../mmu/types.ts';
import type { Vcpu } from './vcpu.ts';

/** Kinds of work that no operation stands for. */
export const INVLPG_DONE = 0;
export const MOV_CR3_DONE = 1;
export const PAGE_CLEARED = 2;
export const PAGE_COPIED = 3;
/** An access by linear address: what of it walked is known to its MMU. */
export const TRANSLATED = 4;
/** An invalidation that the hardware carries to all vCPUs, and the wait until all have done it. */
export const BROADCAST = 5;
export const BROADCAST_SYNC = 6;

export interface Meter {
  /** A store, plain or marked, has reached memory. */
  stored(c: Vcpu, p: Ptr): void;
  worked(c: Vcpu, kind: number): void;
  /** Performs the pending operation, unless others come first. @returns whether it has */
  performs(c: Vcpu): boolean;
}
