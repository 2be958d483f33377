// SPDX-License-Identifier: GPL-2.0-only
/**
 * move_huge_pmd
 * Linux v6.6: mm/huge_memory.c, move_huge_pmd().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* move_huge_pmd(c: Vcpu, vma: Ptr, old_addr: number, new_addr: number, old_pmd: Ptr, new_pmd: Ptr): Code<boolean> {
  violate(c, 'check', 'not ported yet: move_huge_pmd');
}
