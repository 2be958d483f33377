// SPDX-License-Identifier: GPL-2.0-only
/**
 * deferred_split_folio
 * Linux v6.6: mm/huge_memory.c, deferred_split_folio(), folio_undo_large_rmappable(), deferred_split_scan().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* deferred_split_folio(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: deferred_split_folio');
}

export function* folio_undo_large_rmappable(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: folio_undo_large_rmappable');
}

export function* prep_transhuge_page(c: Vcpu, page: Ptr): Code {
  violate(c, 'check', 'not ported yet: prep_transhuge_page');
}

/** @returns pages that were split */
export function* deferred_split_scan(c: Vcpu): Code<number> {
  violate(c, 'check', 'not ported yet: deferred_split_scan');
}
