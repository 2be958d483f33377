// SPDX-License-Identifier: GPL-2.0-only
/**
 * do_user_addr_fault
 * Linux v6.6: arch/x86/mm/fault.c, do_user_addr_fault().
 */
import { violate } from '../../../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../../mmu/types.ts';

/** @returns 0, or the number of the signal that the task gets */
export function* do_user_addr_fault(c: Vcpu, mm: Ptr, error_code: number, address: number): Code<number> {
  violate(c, 'check', 'not ported yet: do_user_addr_fault');
}
