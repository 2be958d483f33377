// SPDX-License-Identifier: GPL-2.0-only
/**
 * vm_normal_page
 * Linux v6.6: mm/memory.c, vm_normal_page().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

/** @returns the page, or NULL for one without a struct page of its own, such as the zero page */
export function vm_normal_page(c: Vcpu, vma: Ptr, addr: number, lo: number, hi: number): Ptr {
  violate(c, 'check', 'not ported yet: vm_normal_page');
}

export function vm_normal_page_pmd(c: Vcpu, vma: Ptr, addr: number, lo: number, hi: number): Ptr {
  violate(c, 'check', 'not ported yet: vm_normal_page_pmd');
}
