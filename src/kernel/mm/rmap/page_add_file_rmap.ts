// SPDX-License-Identifier: GPL-2.0-only
/**
 * A page of a file is mapped. Linux v6.6: mm/rmap.c, page_add_file_rmap().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* page_add_file_rmap(c: Vcpu, page: Ptr, vma: Ptr, compound: boolean): Code {
  violate(c, 'check', 'not ported yet: page_add_file_rmap');
}
