// SPDX-License-Identifier: GPL-2.0-only
/**
 * do_huge_pmd_wp_page
 * Linux v6.6: mm/huge_memory.c, do_huge_pmd_wp_page(), huge_pmd_set_accessed().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { vm_fault } from '../../include/linux/mm/vm_fault.ts';

export function* do_huge_pmd_wp_page(c: Vcpu, vmf: vm_fault): Code<number> {
  violate(c, 'check', 'not ported yet: do_huge_pmd_wp_page');
}

export function* huge_pmd_set_accessed(c: Vcpu, vmf: vm_fault): Code {
  violate(c, 'check', 'not ported yet: huge_pmd_set_accessed');
}
