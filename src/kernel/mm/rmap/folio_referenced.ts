// SPDX-License-Identifier: GPL-2.0-only
/**
 * Has a folio been used through its mappings? Linux v6.6: mm/rmap.c, folio_referenced().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* folio_referenced(c: Vcpu, folio: Ptr, is_locked: boolean): Code<number> {
  violate(c, 'check', 'not ported yet: folio_referenced');
}
