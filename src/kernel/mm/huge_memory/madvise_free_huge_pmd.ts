// SPDX-License-Identifier: GPL-2.0-only
/**
 * madvise_free_huge_pmd
 * Linux v6.6: mm/huge_memory.c, madvise_free_huge_pmd().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import type { mmu_gather } from '../../include/asm-generic/tlb.ts';

export function* madvise_free_huge_pmd(c: Vcpu, tlb: mmu_gather, vma: Ptr, pmd: Ptr, addr: number, next: number): Code<boolean> {
  violate(c, 'check', 'not ported yet: madvise_free_huge_pmd');
}
