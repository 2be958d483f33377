// SPDX-License-Identifier: GPL-2.0-only
/**
 * handle_mm_fault
 * Linux v6.6: mm/memory.c, handle_mm_fault(), __handle_mm_fault(), handle_pte_fault().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

/** @returns VM_FAULT_* */
export function* handle_mm_fault(c: Vcpu, vma: Ptr, address: number, flags: number): Code<number> {
  violate(c, 'check', 'not ported yet: handle_mm_fault');
}
