// SPDX-License-Identifier: GPL-2.0-only
/**
 * Flags of reverse mapping, and the state of a walk over the mappings of a page. Linux v6.6: include/linux/rmap.h.
 */
import { NULL, type Ptr } from '../../../../mmu/types.ts';

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

/** A walk that has not begun. Linux v6.6: DEFINE_FOLIO_VMA_WALK(). */
export const new_page_vma_mapped_walk = (
  pfn: number,
  nr_pages: number,
  pgoff: number,
  vma: Ptr,
  address: number,
  flags: number,
): page_vma_mapped_walk => ({ pfn, nr_pages, pgoff, vma, address, pmd: NULL, pte: NULL, ptl: NULL, flags });

/** What rmap_walk() does at each place: its functions, by number. */
export const TRY_TO_UNMAP_ONE = 0;
export const TRY_TO_MIGRATE_ONE = 1;
export const FOLIO_REFERENCED_ONE = 2;
export const REMOVE_MIGRATION_PTE = 3;

/** What rmap_walk() is to do, and what it has found; on the stack of the walk. Also struct folio_referenced_arg. */
export interface rmap_walk_control {
  rmap_one: number;
  /** TTU_*. */
  flags: number;
  /** Of folio_referenced(): mappings yet to be seen, those that had been used, and the VM_* of their VMAs. */
  mapcount: number;
  referenced: number;
  vm_flags: number;
  /** Of remove_migration_ptes(): the folio that the migration entries name. */
  old: Ptr;
  /** Give up rather than wait for the lock of the anon_vma or of the file, and say so. */
  try_lock: boolean;
  contended: boolean;
}

export const new_rmap_walk_control = (rmap_one: number, flags: number): rmap_walk_control => ({
  rmap_one,
  flags,
  mapcount: 0,
  referenced: 0,
  vm_flags: 0,
  old: NULL,
  try_lock: false,
  contended: false,
});
