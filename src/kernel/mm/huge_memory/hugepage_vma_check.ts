// SPDX-License-Identifier: GPL-2.0-only
/**
 * hugepage_vma_check
 * Linux v6.6: mm/huge_memory.c, hugepage_vma_check(); include/linux/huge_mm.h, transhuge_vma_suitable().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function transhuge_vma_suitable(c: Vcpu, vma: Ptr, addr: number): boolean {
  violate(c, 'check', 'not ported yet: transhuge_vma_suitable');
}

export function* hugepage_vma_check(
  c: Vcpu,
  vma: Ptr,
  vm_flags: number,
  smaps: boolean,
  in_pf: boolean,
  enforce_sysfs: boolean,
): Code<boolean> {
  violate(c, 'check', 'not ported yet: hugepage_vma_check');
}
