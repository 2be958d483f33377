// SPDX-License-Identifier: GPL-2.0-only
/**
 * copy_page_range
 * Linux v6.6: mm/memory.c, copy_page_range().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

/** @returns 0 or -ENOMEM */
export function* copy_page_range(c: Vcpu, dst_vma: Ptr, src_vma: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: copy_page_range');
}
