// SPDX-License-Identifier: GPL-2.0-only
/**
 * mmu_gather: page-table entries are cleared, the TLBs are flushed once, and only then the pages and tables are freed.
 * Linux v6.6: include/asm-generic/tlb.h, struct mmu_gather, tlb_change_page_size(), tlb_flush_pte_range(), tlb_flush_pmd_range().
 */
import type { Ptr } from '../../../../mmu/types.ts';

/** On the stack of one unmapping; nobody else sees it. */
export interface mmu_gather {
  mm: Ptr;
  start: number;
  end: number;
  fullmm: boolean;
  need_flush_all: boolean;
  freed_tables: boolean;
  delayed_rmap: boolean;
  cleared_ptes: boolean;
  cleared_pmds: boolean;
  vma_exec: boolean;
  /** Pages that go when the flush is done; tables among them. */
  pages: Ptr[];
  /** Pages whose rmap is taken away after the flush: 6.2 and later. */
  rmaps: { page: Ptr; vma: Ptr }[];
}
