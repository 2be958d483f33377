// SPDX-License-Identifier: GPL-2.0-only
/**
 * MADV_WILLNEED: pages that were swapped out are read again. Linux v6.6: mm/madvise.c, madvise_willneed(), swapin_walk_pmd_entry().
 * left out: pages of files: those of tmpfs that are swapped out; ramfs has all of its own.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_none, pmd_trans_huge } from '../../arch/x86/include/asm/pgtable.ts';
import { PAGE_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { GFP_HIGHUSER_MOVABLE } from '../../include/linux/gfp.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { pmdp_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { is_swap_pte, non_swap_entry, pte_to_swp_entry } from '../../include/linux/swapops.ts';
import { at } from '../../struct.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { lru_add_drain } from '../swap/lru_add_drain.ts';
import { put_page } from '../swap/put_page.ts';
import { read_swap_cache_async } from '../swap_state/swapin_readahead.ts';

export function* madvise_willneed(c: Vcpu, vma: Ptr, start: number, end: number): Code<number> {
  if (peek(c, at(vma, vm_area_struct.vm_file)) !== NULL) return 0;
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  for (let addr = start; addr < end; addr += PAGE_SIZE) {
    const pmd = mm_find_pmd(c, mm, addr);
    if (pmd === NULL) continue;
    const pmdval = yield* pmdp_get_lockless(c, pmd);
    if (pmd_none(pmdval) || pmd_trans_huge(pmdval)) continue;
    const pte = yield* pte_offset_map_lock(c, mm, pmd, addr);
    if (pte === NULL) continue;
    const ptl = c.out as Ptr;
    const lo = yield* ptep_get(c, pte);
    const { hi } = c;
    yield* pte_unmap_unlock(c, ptl);
    if (!is_swap_pte(lo, hi) || non_swap_entry(pte_to_swp_entry(lo, hi))) continue;
    const page = yield* read_swap_cache_async(c, pte_to_swp_entry(lo, hi), GFP_HIGHUSER_MOVABLE);
    if (page !== NULL) yield* put_page(c, page);
  }
  yield* lru_add_drain(c);
  return 0;
}
