// SPDX-License-Identifier: GPL-2.0-only
/** MADV_HUGEPAGE and MADV_NOHUGEPAGE. Linux v6.6: mm/khugepaged.c, hugepage_madvise(). */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

/** @returns 0; the new flags are in c.out */
export function* hugepage_madvise(c: Vcpu, _vma: Ptr, _vm_flags: number, _advice: number): Code<number> {
  violate(c, 'check', 'not ported yet: hugepage_madvise');
}
