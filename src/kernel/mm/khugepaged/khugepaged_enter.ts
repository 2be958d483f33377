// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which mms khugepaged looks at. Linux v6.6: mm/khugepaged.c, khugepaged_enter_vma(), __khugepaged_enter(), __khugepaged_exit();
 * include/linux/khugepaged.h, khugepaged_fork(), khugepaged_exit().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* __khugepaged_enter(c: Vcpu, _mm: Ptr): Code {
  violate(c, 'check', 'not ported yet: __khugepaged_enter');
}

export function* khugepaged_enter_vma(c: Vcpu, _vma: Ptr, _vm_flags: number): Code {
  violate(c, 'check', 'not ported yet: khugepaged_enter_vma');
}

export function* khugepaged_fork(c: Vcpu, _mm: Ptr, _oldmm: Ptr): Code {
  violate(c, 'check', 'not ported yet: khugepaged_fork');
}

export function* khugepaged_exit(c: Vcpu, _mm: Ptr): Code {
  violate(c, 'check', 'not ported yet: khugepaged_exit');
}
