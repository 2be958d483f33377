// SPDX-License-Identifier: GPL-2.0-only
/**
 * New protection for what is mapped.
 * Linux v6.6: mm/mprotect.c, change_protection(), change_pte_range().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* change_protection(c: Vcpu, vma: Ptr, start: number, end: number, cp_flags: number): Code<number> {
  violate(c, 'check', 'not ported yet: change_protection');
}
