// SPDX-License-Identifier: GPL-2.0-only
/**
 * A folio enters and leaves the swap cache. Linux v6.6: mm/swap_state.c, add_to_swap(), add_to_swap_cache(), delete_from_swap_cache().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* add_to_swap(c: Vcpu, folio: Ptr): Code<boolean> {
  violate(c, 'check', 'not ported yet: add_to_swap');
}

export function* add_to_swap_cache(c: Vcpu, folio: Ptr, entry: number): Code {
  violate(c, 'check', 'not ported yet: add_to_swap_cache');
}

export function* __delete_from_swap_cache(c: Vcpu, folio: Ptr, entry: number): Code {
  violate(c, 'check', 'not ported yet: __delete_from_swap_cache');
}

export function* delete_from_swap_cache(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: delete_from_swap_cache');
}
