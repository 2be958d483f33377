// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages on their way to an LRU list: each CPU has batches, and a batch holds a reference to each of its pages. Linux v6.6: mm/swap.c, struct cpu_fbatches;
 * mm/mlock.c, struct mlock_fbatch.
 */
import type { Ptr } from '../../mmu/types.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { mlock_fbatch } from '../kernel/mm/mlock/mlock_batch.ts';
import { cpu_fbatches, folio_batch } from '../kernel/mm/swap/swap_setup.ts';
import { type Census, referencesTo } from './census.ts';

export function countBatches(census: Census, k: Kernel): void {
  const { lru_pvecs, mlock_fbatches } = k.globals;
  if (lru_pvecs === 0) return;
  for (let at = lru_pvecs as number; at < lru_pvecs + k.m.cpus * cpu_fbatches.$words; at += folio_batch.$words)
    countBatch(census, at + folio_batch.nr, at + folio_batch.folios);
  for (let at = mlock_fbatches as number; at < mlock_fbatches + k.m.cpus * mlock_fbatch.$words; at += mlock_fbatch.$words)
    countBatch(census, at + mlock_fbatch.nr, at + mlock_fbatch.folios);
}

function countBatch(census: Census, nr: number, folios: number): void {
  const { words } = census.mem;
  for (let i = 0; i < words[nr]!; i++) referencesTo(census, words[folios + i]! as Ptr).batched++;
}
