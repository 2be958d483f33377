// SPDX-License-Identifier: GPL-2.0-only
/**
 * The end of a fault that copied a page: back under the page-table lock, is the pte still the one that the fault began with?
 * Linux v6.6: mm/memory.c, wp_page_copy(). The CPU runs the mm, so it is in mm_cpumask and not lazy.
 * Left out: the copy, rmap, the flush of the old translation: the pte has changed or is gone in every study here, so the copy is dropped.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';

/** @returns whether the pte is still (origLo, origHi) */
export function* wp_page_copy(c: Vcpu, mm: Ptr, address: number, origLo: number, origHi: number): Code<boolean> {
  const pmd = mm_find_pmd(c, mm, address);
  const pte = yield* pte_offset_map_lock(c, mm, pmd, address);
  if (pte === NULL) return false;
  const ptl = c.out as Ptr;
  const lo = yield* ptep_get(c, pte);
  const same = lo === origLo && c.hi === origHi;
  yield* pte_unmap_unlock(c, ptl);
  return same;
}
