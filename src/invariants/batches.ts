// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages on their way to an LRU list: each CPU has batches, and a batch holds a reference to each of its pages. Linux v6.6: mm/swap.c, struct cpu_fbatches.
 */
import type { Ptr } from '../../mmu/types.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { cpu_fbatches, folio_batch } from '../kernel/mm/swap/swap_setup.ts';
import { type Census, referencesTo } from './census.ts';

export function countBatches(census: Census, k: Kernel): void {
  const { words } = census.mem;
  const first = k.globals.lru_pvecs;
  if (first === 0) return;
  for (let at = first as number; at < first + k.m.cpus * cpu_fbatches.$words; at += folio_batch.$words) {
    for (let i = 0; i < words[at + folio_batch.nr]!; i++) referencesTo(census, words[at + folio_batch.folios + i]! as Ptr).batched++;
  }
}
