// SPDX-License-Identifier: GPL-2.0-only
/**
 * Where a VMA maps a page. Linux v6.6: mm/page_vma_mapped.c, page_vma_mapped_walk().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import type { page_vma_mapped_walk as Walk } from '../../include/linux/rmap.ts';

export function* page_vma_mapped_walk(c: Vcpu, pvmw: Walk): Code<boolean> {
  violate(c, 'check', 'not ported yet: page_vma_mapped_walk');
}

export function* page_vma_mapped_walk_done(c: Vcpu, pvmw: Walk): Code {
  violate(c, 'check', 'not ported yet: page_vma_mapped_walk_done');
}

export function* page_mapped_in_vma(c: Vcpu, page: Ptr, vma: Ptr): Code<boolean> {
  violate(c, 'check', 'not ported yet: page_mapped_in_vma');
}
