// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a timed run tells to whoever draws it: times in nanoseconds.
 */
import type { Ptr } from '../../../mmu/types.ts';

export interface Listener {
  sent(time: number, cpu: number, to: number, vector: number): void;
  entered(time: number, cpu: number, vector: number): void;
  left(time: number, cpu: number): void;
  waits(time: number, cpu: number, p: Ptr): void;
  waited(time: number, cpu: number, p: Ptr): void;
  /** A store or locked operation of `by` ended the wait of `cpu`. */
  woke(time: number, by: number, cpu: number): void;
}
