// SPDX-License-Identifier: GPL-2.0-only
/**
 * do_set_pmd
 * Linux v6.6: mm/memory.c, do_set_pmd().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import type { vm_fault } from '../../include/linux/mm/vm_fault.ts';

/** @returns 0, or VM_FAULT_FALLBACK and other VM_FAULT_* */
export function* do_set_pmd(c: Vcpu, vmf: vm_fault, page: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: do_set_pmd');
}
