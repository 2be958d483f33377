// SPDX-License-Identifier: GPL-2.0-only
/**
 * Page tables. Linux v6.6: arch/x86/mm/pgtable.c.
 */
import { violate } from '../../../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../../mmu/types.ts';

export function* pte_alloc_one(c: Vcpu, mm: Ptr): Code<Ptr> {
  violate(c, 'check', 'not ported yet: pte_alloc_one');
}

export function* pte_free(c: Vcpu, mm: Ptr, pte: Ptr): Code {
  violate(c, 'check', 'not ported yet: pte_free');
}
