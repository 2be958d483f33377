// SPDX-License-Identifier: GPL-2.0-only
/**
 * The swap area: who is in the swap cache, and whether each slot counts its references rightly.
 */
import type { Ptr } from '../../mmu/types.ts';
import { SWAP_HAS_CACHE, SWAP_MAP_BAD, SWAP_MAP_SHMEM, swap_info_struct } from '../kernel/include/linux/swap.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { type Census, referencesTo } from './census.ts';

/** After every other reference to slots has been counted. */
export function countSwapCache(census: Census, k: Kernel): void {
  const { words } = census.mem;
  const si = k.globals.swap_info;
  if (si === 0) return;
  const map = words[si + swap_info_struct.swap_map]!;
  const cache = words[si + swap_info_struct.swap_cache]!;
  for (let offset = 0; offset < words[si + swap_info_struct.max]!; offset++) {
    const value = words[map + offset]!;
    if ((value & SWAP_MAP_BAD) !== 0) continue;
    const folio = words[cache + offset]! as Ptr;
    if (folio !== 0) referencesTo(census, folio).cached++;
    const counted = (value & SWAP_MAP_SHMEM) !== 0 ? 1 : value & ~SWAP_HAS_CACHE;
    const found = census.swap.get(offset) ?? 0;
    if (counted !== found) census.findings.push(`swap slot ${offset} counts ${counted} references, and has ${found}`);
    if (((value & SWAP_HAS_CACHE) !== 0) !== (folio !== 0))
      census.findings.push(`swap slot ${offset} says that its page is ${folio !== 0 ? 'not ' : ''}in the swap cache`);
  }
}
