// SPDX-License-Identifier: GPL-2.0-only
/**
 * Statistics of threads: cpu/tally in the build of the parallel engine. Each vCPU adds up its own and folds them into memory now and then, as
 * Linux's per-CPU counters are: two vCPUs that count the same thing do not meet.
 *
 * Reference: Linux v6.6 mm/vmstat.c, struct per_cpu_nodestat, refresh_cpu_vm_stats().
 */
import type { Ptr } from '../../mmu/types.ts';
import type { Vcpu } from '../vcpu.ts';

/** Places, by a hash of the counter; one that finds its place taken folds who is there. */
const PLACES = 256;
const counters = new Uint32Array(PLACES);
const sums = new Int32Array(PLACES);
/** Places in use. */
const used = new Uint8Array(PLACES);
let n = 0;

export function tally(c: Vcpu, p: Ptr, by: number): void {
  const i = Math.imul(p, 0x9e3779b1) >>> 24;
  if (counters[i] !== p) {
    if (counters[i] === 0) used[n++] = i;
    else Atomics.add(c.m.mem.words, counters[i]!, sums[i]!);
    counters[i] = p;
    sums[i] = 0;
  }
  sums[i]! += by;
}

/** Everything into memory. */
export function foldTallies(c: Vcpu): void {
  for (let k = 0; k < n; k++) {
    const i = used[k]!;
    Atomics.add(c.m.mem.words, counters[i]!, sums[i]!);
    counters[i] = 0;
  }
  n = 0;
}

export function tallied(c: Vcpu, p: Ptr): number {
  foldTallies(c);
  return Atomics.load(c.m.mem.words, p);
}
