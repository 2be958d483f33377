// SPDX-License-Identifier: GPL-2.0-only
/**
 * Statistics: counters that the code under study adds to and never reads, such as /proc/vmstat's. No transition and no race: an addition to a word that
 * nobody reads orders nothing.
 *
 * Reference: Linux v6.6 include/linux/vmstat.h, this_cpu_add() (one unlocked instruction on x86, atomic with respect to interrupts of its CPU).
 */
import { writeWord } from '../mmu/journal.ts';
import type { Ptr } from '../mmu/types.ts';
import type { Vcpu } from './vcpu.ts';

/** Adds at once, past the store buffer. Only reports may read the word. */
export function tally(c: Vcpu, p: Ptr, n: number): void {
  writeWord(c.m.mem, p, c.words[p]! + n);
}

/** What a counter has come to, own additions included. */
export const tallied = (c: Vcpu, p: Ptr): number => c.m.mem.words[p]!;
