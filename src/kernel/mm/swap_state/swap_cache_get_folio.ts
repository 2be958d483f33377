// SPDX-License-Identifier: GPL-2.0-only
/**
 * The swap cache is looked up. Linux v6.6: mm/swap_state.c, swap_cache_get_folio(), free_swap_cache(), free_page_and_swap_cache(), filemap_get_incore_folio().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* swap_cache_get_folio(c: Vcpu, entry: number, vma: Ptr, addr: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: swap_cache_get_folio');
}

export function* filemap_get_swap_folio(c: Vcpu, entry: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: filemap_get_swap_folio');
}

export function* free_swap_cache(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: free_swap_cache');
}

export function* free_page_and_swap_cache(c: Vcpu, page: Ptr): Code {
  violate(c, 'check', 'not ported yet: free_page_and_swap_cache');
}
