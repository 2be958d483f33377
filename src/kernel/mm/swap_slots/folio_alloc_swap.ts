// SPDX-License-Identifier: GPL-2.0-only
/**
 * A swap slot for a folio. Linux v6.6: mm/swap_slots.c, folio_alloc_swap(), free_swap_slot().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* folio_alloc_swap(c: Vcpu, folio: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: folio_alloc_swap');
}

export function* free_swap_slot(c: Vcpu, entry: number): Code {
  violate(c, 'check', 'not ported yet: free_swap_slot');
}
