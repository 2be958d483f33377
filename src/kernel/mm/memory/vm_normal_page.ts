// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page behind an entry, as far as mappings of it are counted. Linux v6.6: mm/memory.c, vm_normal_page(), vm_normal_page_pmd().
 * left out: VMAs of drivers (VM_PFNMAP, VM_MIXEDMAP); the bit "special" marks the zero page only.
 */
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_pfn, pte_pfn, pte_special } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_NR, PAGE_SHIFT } from '../../arch/x86/include/asm/pgtable_types.ts';
import { nth_page, pfn_to_page } from '../../include/linux/mm/page.ts';
import { is_huge_zero_pmd } from '../huge_memory/huge_zero_page.ts';

/** @returns the page, or NULL for the zero page */
export function vm_normal_page(c: Vcpu, _vma: Ptr, _addr: number, lo: number, hi: number): Ptr {
  if (pte_special(lo)) return NULL;
  return pfn_to_page(c, pte_pfn(lo, hi));
}

/** @returns the page, or NULL for the huge zero page */
export function vm_normal_page_pmd(c: Vcpu, _vma: Ptr, addr: number, lo: number, hi: number): Ptr {
  if (is_huge_zero_pmd(c, lo, hi)) return NULL;
  return nth_page(c, pfn_to_page(c, pmd_pfn(lo, hi)), (addr >>> PAGE_SHIFT) & (HPAGE_PMD_NR - 1));
}
