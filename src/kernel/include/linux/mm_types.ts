// SPDX-License-Identifier: GPL-2.0-only
/**
 * The objects of memory management: struct page, mm_struct, vm_area_struct, address_space, anon_vma, and what hangs off them: the fields that the
 * port uses. Linux v6.6: include/linux/mm_types.h, include/linux/fs.h, include/linux/rmap.h.
 */
import { atomic, overlay, ptr, struct, u64, word } from '../../struct.ts';
import { CPUMASK_WORDS } from './cpumask.ts';

/**
 * Also struct folio: a folio is its head page. The ghost words come first; see mmu/frames.ts. Linux keeps what concerns a whole compound page in
 * its first tails; here the head has room for it.
 */
export const page = struct('page', {
  ghost_kind: word,
  ghost_owner: word,
  ghost_address: word,
  /** PG_* of page-flags.ts. */
  flags: atomic,
  _refcount: atomic,
  /** Mappings by a pte, counted from -1. */
  _mapcount: atomic,
  /** address_space; or anon_vma with PAGE_MAPPING_ANON set. */
  mapping: ptr,
  index: word,
  /** Swap entry, buddy order, buffer heads; in a page table the lock of its entries (USE_SPLIT_PTE_PTLOCKS). */
  private: word,
  ptl: overlay('private'),
  /** Deposited tables of a page directory (ptdesc.pmd_huge_pte). */
  pmd_huge_pte: ptr,
  /** In a head page: how many pages are mapped by ptes, and COMPOUND_MAPPED for each mapping of the whole. */
  _nr_pages_mapped: overlay('pmd_huge_pte'),
  rcu_head: word,
  _pincount: overlay('rcu_head'),
  /** lru of a page on an LRU or in the buddy lists; pt_list of a page table; the deferred split list in the third page of a compound one. */
  lru_next: ptr,
  lru_prev: ptr,
  /** In a tail page: the head, with bit 0 set. */
  compound_head: ptr,
  /** In a head page: mappings of the whole by a pmd, counted from -1. */
  _entire_mapcount: atomic,
  /** In a head page: log2 of its pages. */
  compound_order: word,
});

export const rw_semaphore = struct('rw_semaphore', {
  /** Readers counted from bit 8 up; bit 0: a writer holds it; bit 1: somebody waits. */
  count: atomic,
  wait_lock: atomic,
  wait_list: ptr,
});

/** Indexes of mm_struct.rss_stat. */
export const MM_FILEPAGES = 0;
export const MM_ANONPAGES = 1;
export const MM_SWAPENTS = 2;
export const MM_SHMEMPAGES = 3;

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
  /** MMF_* of sched/coredump.ts. */
  flags: atomic,
  map_count: word,
  /** Pages, as in Linux. */
  total_vm: word,
  locked_vm: word,
  def_flags: word,
  /** Statistics of four kinds; see MM_FILEPAGES. */
  rss_stat: 4,
  mm_lock_seq: word,
  tlb_flush_pending: atomic,
  /** Low half: batched flushes that were asked for; high half: that were done. */
  tlb_flush_batched: atomic,
  notifier_subscriptions: ptr,
  /** mm_cpumask(): which CPUs have it loaded. */
  cpu_bitmap: CPUMASK_WORDS,
});

export const vm_area_struct = struct('vm_area_struct', {
  vm_start: word,
  vm_end: word,
  vm_mm: ptr,
  /** VM_* of mm.ts. */
  vm_flags: word,
  anon_vma: atomic,
  /** In pages. */
  vm_pgoff: word,
  /** struct file, or NULL. */
  vm_file: ptr,
  /** Next VMA of the mm, and next in the file's i_mmap tree. */
  vm_next: ptr,
  shared_next: ptr,
  vm_prev: ptr,
  /** Flags of a pte, low and high word. */
  vm_page_prot: u64,
  /** Number in the registry of vm_operations, 0 for anonymous memory. */
  vm_ops: word,
  /** List of anon_vma_chain by same_vma. */
  anon_vma_chain: ptr,
  vm_lock: rw_semaphore.$words,
  vm_lock_seq: atomic,
  userfaultfd_ctx: ptr,
  /** Of readahead from swap: last address, window, and pages of it that were used. */
  swap_readahead_info: atomic,
});

/** A VMA's place in an anon_vma's tree. */
export const anon_vma_chain = struct('anon_vma_chain', {
  vma: ptr,
  anon_vma: ptr,
  /** Next of the same VMA, and next in the anon_vma's tree. */
  same_vma_next: ptr,
  rb_next: ptr,
});

export const anon_vma = struct('anon_vma', {
  root: ptr,
  rwsem: rw_semaphore.$words,
  refcount: atomic,
  num_children: word,
  num_active_vmas: word,
  parent: ptr,
  /** List of anon_vma_chain by rb_next. */
  rb_root: ptr,
});

export const address_space = struct('address_space', {
  /** List of VMAs by shared_next. */
  i_mmap: ptr,
  i_mmap_rwsem: rw_semaphore.$words,
  /** Of the retract scenarios: frame of the huge page that the range is cached in. */
  hpage: word,
  host: ptr,
  /** i_pages, a struct xarray: its lock and its head. */
  xa_lock: atomic,
  xa_head: atomic,
  nrpages: word,
  nr_thps: atomic,
  i_mmap_writable: atomic,
  /** Number of the address_space_operations: see fs.ts. */
  a_ops: word,
  flags: atomic,
  invalidate_lock: rw_semaphore.$words,
});

export const inode = struct('inode', {
  i_mode: word,
  i_sb: ptr,
  i_mapping: ptr,
  /** In bytes, low word first. */
  i_size: u64,
  i_rwsem: rw_semaphore.$words,
  i_writecount: atomic,
  i_count: atomic,
  i_nlink: word,
  /** struct shmem_inode_info. */
  lock: atomic,
  alloced: word,
  swapped: word,
  shmem_flags: word,
  seals: word,
});

export const super_block = struct('super_block', {
  /** Name of the filesystem type, by number: see fs.ts. */
  s_type: word,
  /** struct shmem_sb_info.huge: SHMEM_HUGE_*. */
  huge: word,
});

export const file = struct('file', {
  f_inode: ptr,
  f_mapping: ptr,
  f_mode: word,
  f_count: atomic,
});

export const entry = struct('entry', { both: u64 });
