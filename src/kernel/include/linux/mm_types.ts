// SPDX-License-Identifier: GPL-2.0-only
/**
 * struct page, mm_struct, vm_area_struct, address_space: the fields that the port uses.
 * Linux v6.6: include/linux/mm_types.h, include/linux/fs.h.
 */
import { atomic, overlay, ptr, struct, u64, word } from '../../struct.ts';

/** The ghost words come first; see mmu/frames.ts. */
export const page = struct('page', {
  ghost_kind: word,
  ghost_owner: word,
  ghost_address: word,
  flags: atomic,
  _refcount: atomic,
  _mapcount: atomic,
  mapping: ptr,
  index: word,
  /** Swap entry, buddy order, buffer heads; in a page table the lock of its entries (USE_SPLIT_PTE_PTLOCKS). */
  private: word,
  ptl: overlay('private'),
  /** Deposited tables of a page directory (ptdesc.pmd_huge_pte). */
  pmd_huge_pte: ptr,
  rcu_head: word,
});

export const rw_semaphore = struct('rw_semaphore', {
  /** Readers counted from bit 8 up; bit 0: a writer holds it; bit 1: somebody waits. */
  count: atomic,
  wait_lock: atomic,
  wait_list: ptr,
});

export const mm_struct = struct('mm_struct', {
  mm_users: atomic,
  mm_count: atomic,
  /** Physical frame number of the page that holds the four PDPTEs. */
  pgd: word,
  pgtables_bytes: atomic,
  page_table_lock: atomic,
  mmap_lock: rw_semaphore.$words,
  /** Head of the list of VMAs, by address. */
  mmap: ptr,
  ctx_id: word,
  /** Generation of the page tables; a single word here (atomic64_t in Linux: it never wraps in a run). */
  tlb_gen: atomic,
  /** mm_cpumask(): which CPUs have it loaded. */
  cpu_bitmap: atomic,
  flags: atomic,
});

export const vm_area_struct = struct('vm_area_struct', {
  vm_start: word,
  vm_end: word,
  vm_mm: ptr,
  vm_flags: word,
  anon_vma: atomic,
  vm_pgoff: word,
  vm_file: ptr,
  /** Next VMA of the mm, and next in the file's i_mmap tree. */
  vm_next: ptr,
  shared_next: ptr,
});

export const address_space = struct('address_space', {
  i_mmap: ptr,
  i_mmap_rwsem: rw_semaphore.$words,
  /** Frame of the huge page that the range is cached in. */
  hpage: word,
});

export const entry = struct('entry', { both: u64 });
