// SPDX-License-Identifier: GPL-2.0-only
/**
 * huge_zero_page
 * Linux v6.6: mm/huge_memory.c, get_huge_zero_page(), mm_get_huge_zero_page().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

/** @returns the huge zero page, or NULL without memory */
export function* mm_get_huge_zero_page(c: Vcpu, mm: Ptr): Code<Ptr> {
  violate(c, 'check', 'not ported yet: mm_get_huge_zero_page');
}

export function* mm_put_huge_zero_page(c: Vcpu, mm: Ptr): Code {
  violate(c, 'check', 'not ported yet: mm_put_huge_zero_page');
}

export function is_huge_zero_page(c: Vcpu, page: Ptr): boolean {
  violate(c, 'check', 'not ported yet: is_huge_zero_page');
}

export function is_huge_zero_pmd(c: Vcpu, lo: number, hi: number): boolean {
  violate(c, 'check', 'not ported yet: is_huge_zero_pmd');
}
