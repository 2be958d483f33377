// SPDX-License-Identifier: GPL-2.0-only
/**
 * Statistics of threads: cpu/tally in the build of the parallel engine. Each vCPU adds up its own and folds them into memory when it leaves the kernel, as
 * Linux's per-CPU counters are: two vCPUs that count the same thing do not meet.
 *
 * Reference: Linux v6.6 mm/vmstat.c, struct per_cpu_nodestat, refresh_cpu_vm_stats().
 */
import type { Ptr } from '../../mmu/types.ts';
import type { Vcpu } from '../vcpu.ts';

/** Counters that are kept apart; a power of two. */
const PLACES = 256;
const counters = new Uint32Array(PLACES);
const sums = new Int32Array(PLACES);

const placeOf = (p: Ptr): number => Math.imul(p, 0x9e3779b1) >>> 24;

export function tally(c: Vcpu, p: Ptr, n: number): void {
  const i = placeOf(p);
  if (counters[i] !== p) {
    if (sums[i] !== 0) Atomics.add(c.m.mem.words, counters[i]!, sums[i]!);
    counters[i] = p;
    sums[i] = 0;
  }
  sums[i]! += n;
}

/** Everything into memory. */
export function foldTallies(c: Vcpu): void {
  for (let i = 0; i < PLACES; i++) {
    if (sums[i] === 0) continue;
    Atomics.add(c.m.mem.words, counters[i]!, sums[i]!);
    sums[i] = 0;
  }
}
