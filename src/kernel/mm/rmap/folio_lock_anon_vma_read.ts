// SPDX-License-Identifier: GPL-2.0-only
/**
 * The anon_vma of a folio, locked. Linux v6.6: mm/rmap.c, folio_lock_anon_vma_read(), folio_get_anon_vma().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* folio_lock_anon_vma_read(c: Vcpu, folio: Ptr): Code<Ptr> {
  violate(c, 'check', 'not ported yet: folio_lock_anon_vma_read');
}

export function* folio_get_anon_vma(c: Vcpu, folio: Ptr): Code<Ptr> {
  violate(c, 'check', 'not ported yet: folio_get_anon_vma');
}
