// SPDX-License-Identifier: GPL-2.0-only
/**
 * A VMA joins the anon_vmas of another.
 * Linux v6.6: mm/rmap.c, anon_vma_clone().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* anon_vma_clone(c: Vcpu, dst: Ptr, src: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: anon_vma_clone');
}
