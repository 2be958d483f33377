// SPDX-License-Identifier: GPL-2.0-only
/**
 * A swap entry goes, and its page in the swap cache with it. Linux v6.6: mm/swapfile.c, free_swap_and_cache(), folio_free_swap().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* free_swap_and_cache(c: Vcpu, entry: number): Code<number> {
  violate(c, 'check', 'not ported yet: free_swap_and_cache');
}

export function* folio_free_swap(c: Vcpu, folio: Ptr): Code<boolean> {
  violate(c, 'check', 'not ported yet: folio_free_swap');
}

export function* folio_swapped(c: Vcpu, folio: Ptr): Code<boolean> {
  violate(c, 'check', 'not ported yet: folio_swapped');
}
