// SPDX-License-Identifier: GPL-2.0-only
/**
 * do_huge_pmd_anonymous_page
 * Linux v6.6: mm/huge_memory.c, do_huge_pmd_anonymous_page().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import type { vm_fault } from '../../include/linux/mm/vm_fault.ts';

export function* do_huge_pmd_anonymous_page(c: Vcpu, vmf: vm_fault): Code<number> {
  violate(c, 'check', 'not ported yet: do_huge_pmd_anonymous_page');
}

export function maybe_pmd_mkwrite(c: Vcpu, lo: number, vma: Ptr): number {
  violate(c, 'check', 'not ported yet: maybe_pmd_mkwrite');
}
