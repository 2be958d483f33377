// SPDX-License-Identifier: GPL-2.0-only
/**
 * The anon_vma of a child.
 * Linux v6.6: mm/rmap.c, anon_vma_fork().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* anon_vma_fork(c: Vcpu, vma: Ptr, pvma: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: anon_vma_fork');
}
