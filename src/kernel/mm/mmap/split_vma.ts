// SPDX-License-Identifier: GPL-2.0-only
/**
 * One VMA becomes two.
 * Linux v6.6: mm/mmap.c, split_vma(), __split_vma().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* split_vma(c: Vcpu, vma: Ptr, addr: number, new_below: boolean): Code<number> {
  violate(c, 'check', 'not ported yet: split_vma');
}
