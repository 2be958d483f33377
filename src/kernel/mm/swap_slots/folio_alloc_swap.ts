// SPDX-License-Identifier: GPL-2.0-only
/**
 * A slot for a folio. Linux v6.6: mm/swap_slots.c, folio_alloc_swap().
 * left out: slots kept ready for each CPU; slots for huge pages (CONFIG_THP_SWAP needs 64 bits), so a huge page is split first.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { compound_order } from '../../include/linux/mm/page.ts';
import { get_swap_pages } from '../swapfile/get_swap_pages.ts';

/** @returns a swap entry, or 0 */
export function* folio_alloc_swap(c: Vcpu, folio: Ptr): Code<number> {
  if (compound_order(c, folio) > 0) return 0;
  return yield* get_swap_pages(c);
}
