// SPDX-License-Identifier: GPL-2.0-only
/**
 * A mapping of a page goes. Linux v6.6: mm/rmap.c, page_remove_rmap().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* page_remove_rmap(c: Vcpu, page: Ptr, vma: Ptr, compound: boolean): Code {
  violate(c, 'check', 'not ported yet: page_remove_rmap');
}
