// SPDX-License-Identifier: GPL-2.0-only
/**
 * The VMA that mremap moves to.
 * Linux v6.6: mm/mmap.c, copy_vma().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* copy_vma(c: Vcpu, vma: Ptr, addr: number, len: number, pgoff: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: copy_vma');
}
