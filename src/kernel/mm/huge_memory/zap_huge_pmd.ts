// SPDX-License-Identifier: GPL-2.0-only
/**
 * zap_huge_pmd
 * Linux v6.6: mm/huge_memory.c, zap_huge_pmd().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import type { mmu_gather } from '../../include/asm-generic/tlb.ts';

export function* zap_huge_pmd(c: Vcpu, tlb: mmu_gather, vma: Ptr, pmd: Ptr, addr: number): Code<boolean> {
  violate(c, 'check', 'not ported yet: zap_huge_pmd');
}
