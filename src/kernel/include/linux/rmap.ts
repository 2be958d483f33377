// SPDX-License-Identifier: GPL-2.0-only
/**
 * Flags of reverse mapping, and the state of a walk over the mappings of a page. Linux v6.6: include/linux/rmap.h.
 */
import type { Ptr } from '../../../../mmu/types.ts';

/** Of try_to_unmap() and try_to_migrate(). */
export const TTU_SPLIT_HUGE_PMD = 0x4;
export const TTU_IGNORE_MLOCK = 0x8;
export const TTU_SYNC = 0x10;
export const TTU_HWPOISON = 0x20;
export const TTU_BATCH_FLUSH = 0x40;
export const TTU_RMAP_LOCKED = 0x80;

/** Of page_add_anon_rmap(). */
export const RMAP_NONE = 0;
export const RMAP_EXCLUSIVE = 1;
export const RMAP_COMPOUND = 2;

/** Take the page-table lock even of an entry that seems to be empty. */
export const PVMW_SYNC = 1;
/** Look for migration entries. */
export const PVMW_MIGRATION = 2;

/** What one walk has found so far: `pte` or `pmd` maps the page, and `ptl` is held. */
export interface page_vma_mapped_walk {
  pfn: number;
  nr_pages: number;
  pgoff: number;
  vma: Ptr;
  address: number;
  pmd: Ptr;
  pte: Ptr;
  ptl: Ptr;
  flags: number;
}
