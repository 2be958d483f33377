// SPDX-License-Identifier: GPL-2.0-only
/**
 * finish_fault
 * Linux v6.6: mm/memory.c, finish_fault().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import type { vm_fault } from '../../include/linux/mm/vm_fault.ts';

export function* finish_fault(c: Vcpu, vmf: vm_fault): Code<number> {
  violate(c, 'check', 'not ported yet: finish_fault');
}

export function* do_set_pte(c: Vcpu, vmf: vm_fault, page: Ptr, addr: number): Code {
  violate(c, 'check', 'not ported yet: do_set_pte');
}
