// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages join the LRU lists in batches. Linux v6.6: mm/swap.c.
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* folio_add_lru(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: folio_add_lru');
}

export function* folio_add_lru_vma(c: Vcpu, folio: Ptr, vma: Ptr): Code {
  violate(c, 'check', 'not ported yet: folio_add_lru_vma');
}

export function* lru_cache_add_inactive_or_unevictable(c: Vcpu, page: Ptr, vma: Ptr): Code {
  violate(c, 'check', 'not ported yet: lru_cache_add_inactive_or_unevictable');
}
