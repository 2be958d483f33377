// SPDX-License-Identifier: GPL-2.0-only
/**
 * Page tables move with a mapping.
 * Linux v6.6: mm/mremap.c, move_page_tables(), move_normal_pmd(), move_ptes().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* move_page_tables(
  c: Vcpu,
  vma: Ptr,
  old_addr: number,
  new_vma: Ptr,
  new_addr: number,
  len: number,
  need_rmap_locks: boolean,
): Code<number> {
  violate(c, 'check', 'not ported yet: move_page_tables');
}
