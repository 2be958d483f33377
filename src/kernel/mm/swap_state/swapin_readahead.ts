// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages come back from the swap area, with some around them. Linux v6.6: mm/swap_state.c, swapin_readahead(), swap_cluster_readahead(), read_swap_cache_async().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* swapin_readahead(c: Vcpu, entry: number, gfp_mask: number, vma: Ptr, address: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: swapin_readahead');
}

export function* swap_cluster_readahead(c: Vcpu, entry: number, gfp_mask: number, vma: Ptr, address: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: swap_cluster_readahead');
}

export function* read_swap_cache_async(c: Vcpu, entry: number, gfp_mask: number, vma: Ptr, addr: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: read_swap_cache_async');
}
