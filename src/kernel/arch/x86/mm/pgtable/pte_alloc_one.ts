// SPDX-License-Identifier: GPL-2.0-only
/**
 * Page tables. Linux v6.6: arch/x86/mm/pgtable.c, pte_alloc_one(), ___pte_free_tlb(), __userpte_alloc_gfp; include/asm-generic/pgalloc.h,
 * pte_free(); include/linux/mm.h, pagetable_pte_ctor(), pagetable_pte_dtor().
 *
 * A table is zeroed and has a lock of its own. With CONFIG_HIGHPTE it may lie in highmem. A scenario may name the frames that tables come from
 * (config.tableFrames): then which one comes is explored.
 */
import { poke } from '../../../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../../../cpu/vcpu.ts';
import { PTE_TABLE, setFrame } from '../../../../../../mmu/frames.ts';
import { pageOfSlot, slotOfPageWord } from '../../../../../../mmu/phys-mem.ts';
import { NULL, type Ptr } from '../../../../../../mmu/types.ts';
import type { mmu_gather } from '../../../../include/asm-generic/tlb.ts';
import { __GFP_HIGHMEM, __GFP_ZERO, GFP_KERNEL_ACCOUNT } from '../../../../include/linux/gfp.ts';
import { page as struct_page } from '../../../../include/linux/mm_types.ts';
import { mod_node_page_state, NR_PAGETABLE } from '../../../../include/linux/vmstat.ts';
import { kernelOf } from '../../../../kernel.ts';
import { paravirt_tlb_remove_table } from '../../../../mm/mmu_gather/tlb_gather_mmu.ts';
import { alloc_page } from '../../../../mm/page_alloc/__alloc_pages.ts';
import { __free_page } from '../../../../mm/page_alloc/__free_pages.ts';
import { pte_free as frame_free, pte_alloc_one as one_of_frames } from '../../../../mm/page_alloc/alloc_pages.ts';
import { at } from '../../../../struct.ts';

export const GFP_PGTABLE_USER = GFP_KERNEL_ACCOUNT | __GFP_ZERO;

const fromFrames = (c: Vcpu): boolean => kernelOf(c).config.tableFrames.length > 0;

/** @returns the table's struct page, or NULL */
export function* pte_alloc_one(c: Vcpu, mm: Ptr): Code<Ptr> {
  if (fromFrames(c)) return pageOfSlot(c.m.mem, yield* one_of_frames(c, mm, 0));
  const page = yield* alloc_page(c, kernelOf(c).config.highpte ? GFP_PGTABLE_USER | __GFP_HIGHMEM : GFP_PGTABLE_USER);
  if (page === NULL) return NULL;
  setFrame(c.m.mem, slotOfPageWord(c.m.mem, page), PTE_TABLE, mm, 0);
  pagetable_ctor(c, page);
  return page;
}

/** The lock is free, and nothing is deposited. */
export function pagetable_ctor(c: Vcpu, page: Ptr): void {
  poke(c, at(page, struct_page.ptl), 0);
  poke(c, at(page, struct_page.pmd_huge_pte), 0);
  mod_node_page_state(c, NR_PAGETABLE, 1);
}

export function pagetable_dtor(c: Vcpu, _page: Ptr): void {
  mod_node_page_state(c, NR_PAGETABLE, -1);
}

export function* pte_free(c: Vcpu, _mm: Ptr, pte: Ptr): Code {
  if (fromFrames(c)) return yield* frame_free(c, slotOfPageWord(c.m.mem, pte));
  pagetable_dtor(c, pte);
  yield* __free_page(c, pte);
}

/** The table goes with the flush that the gathering ends in. */
export function* ___pte_free_tlb(c: Vcpu, tlb: mmu_gather, pte: Ptr): Code {
  if (!fromFrames(c)) pagetable_dtor(c, pte);
  yield* paravirt_tlb_remove_table(c, tlb, pte);
}
