// SPDX-License-Identifier: GPL-2.0-only
/**
 * What anon_vma_prepare() does to vma->anon_vma, for scenarios without reverse mapping. Linux v6.6: mm/rmap.c, anon_vma_prepare().
 * retract_page_tables() leaves a VMA alone that has one, and looks again under the page-table lock.
 * Left out: the anon_vma itself, its lock and page_table_lock: nobody else prepares the same VMA here; the field's value is the VMA's own address.
 */
import { load, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';

export function* anon_vma_mark(c: Vcpu, vma: Ptr): Code {
  const anon_vma = at(vma, vm_area_struct.anon_vma);
  // Pairs with the look under ptl in retract_page_tables(): the store drains before the locked operation that takes that lock for the insert.
  if ((yield* load(c, anon_vma)) === NULL) yield* store(c, anon_vma, vma);
}
