// SPDX-License-Identifier: GPL-2.0-only
/**
 * pte_alloc
 * Linux v6.6: mm/memory.c, __pte_alloc(), pmd_install(); include/linux/mm.h, pte_alloc(), pmd_alloc().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

/** @returns the pmd entry, or NULL without memory */
export function* pmd_alloc(c: Vcpu, mm: Ptr, address: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: pmd_alloc');
}

/** @returns whether the table was used */
export function* pmd_install(c: Vcpu, mm: Ptr, pmd: Ptr, pte: Ptr): Code<boolean> {
  violate(c, 'check', 'not ported yet: pmd_install');
}

/** @returns whether there was no memory */
export function* __pte_alloc(c: Vcpu, mm: Ptr, pmd: Ptr): Code<boolean> {
  violate(c, 'check', 'not ported yet: __pte_alloc');
}

/** @returns whether there was no memory */
export function* pte_alloc(c: Vcpu, mm: Ptr, pmd: Ptr): Code<boolean> {
  violate(c, 'check', 'not ported yet: pte_alloc');
}
