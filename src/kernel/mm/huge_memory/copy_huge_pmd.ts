// SPDX-License-Identifier: GPL-2.0-only
/**
 * copy_huge_pmd
 * Linux v6.6: mm/huge_memory.c, copy_huge_pmd().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

/** @returns 0, -EAGAIN or -ENOMEM */
export function* copy_huge_pmd(
  c: Vcpu,
  dst_mm: Ptr,
  src_mm: Ptr,
  dst_pmd: Ptr,
  src_pmd: Ptr,
  addr: number,
  dst_vma: Ptr,
  src_vma: Ptr,
): Code<number> {
  violate(c, 'check', 'not ported yet: copy_huge_pmd');
}
