// SPDX-License-Identifier: GPL-2.0-only
/**
 * A VMA gets its anon_vma before its first anonymous page. Linux v6.6: mm/rmap.c, anon_vma_prepare(), __anon_vma_prepare().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* anon_vma_prepare(c: Vcpu, vma: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: anon_vma_prepare');
}
