// SPDX-License-Identifier: GPL-2.0-only
/**
 * Folios are unmapped, written out and freed. Linux v6.6: mm/vmscan.c, shrink_folio_list().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* shrink_folio_list(c: Vcpu, folio_list: Ptr[], ignore_references: boolean): Code<number> {
  violate(c, 'check', 'not ported yet: shrink_folio_list');
}
