// SPDX-License-Identifier: GPL-2.0-only
/**
 * change_huge_pmd
 * Linux v6.6: mm/huge_memory.c, change_huge_pmd().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import type { mmu_gather } from '../../include/asm-generic/tlb.ts';

/** @returns 0: no huge pmd; 1: not changed; 512: changed, flush */
export function* change_huge_pmd(
  c: Vcpu,
  tlb: mmu_gather,
  vma: Ptr,
  pmd: Ptr,
  addr: number,
  newprotLo: number,
  newprotHi: number,
  cp_flags: number,
): Code<number> {
  violate(c, 'check', 'not ported yet: change_huge_pmd');
}
