// SPDX-License-Identifier: GPL-2.0-only
/**
 * free_pgtables
 * Linux v6.6: mm/memory.c, free_pgtables(), free_pgd_range().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import type { mmu_gather } from '../../include/asm-generic/tlb.ts';

export function* free_pgtables(c: Vcpu, tlb: mmu_gather, vma: Ptr, floor: number, ceiling: number, mm_wr_locked: boolean): Code {
  violate(c, 'check', 'not ported yet: free_pgtables');
}

export function* free_pgd_range(c: Vcpu, tlb: mmu_gather, addr: number, end: number, floor: number, ceiling: number): Code {
  violate(c, 'check', 'not ported yet: free_pgd_range');
}
