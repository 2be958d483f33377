// SPDX-License-Identifier: GPL-2.0-only
/**
 * pmd_trans_huge_lock
 * Linux v6.6: mm/huge_memory.c, __pmd_trans_huge_lock().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

/** @returns the lock, taken, if the pmd is huge; else NULL */
export function* pmd_trans_huge_lock(c: Vcpu, pmd: Ptr, vma: Ptr): Code<Ptr> {
  violate(c, 'check', 'not ported yet: pmd_trans_huge_lock');
}
