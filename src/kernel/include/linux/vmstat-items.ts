// SPDX-License-Identifier: GPL-2.0-only
/**
 * The counters of /proc/vmstat by Linux's names. Linux v6.6: include/linux/mmzone.h, enum node_stat_item; include/linux/vm_event_item.h, enum vm_event_item;
 * mm/vmstat.c, vmstat_text[].
 * left out: what nothing here counts.
 */
export const NR_INACTIVE_ANON = 0;
export const NR_ACTIVE_ANON = 1;
export const NR_INACTIVE_FILE = 2;
export const NR_ACTIVE_FILE = 3;
export const NR_UNEVICTABLE = 4;
export const NR_ISOLATED_ANON = 5;
export const NR_ISOLATED_FILE = 6;
export const NR_ANON_MAPPED = 7;
export const NR_FILE_MAPPED = 8;
export const NR_FILE_PAGES = 9;
export const NR_FILE_DIRTY = 10;
export const NR_WRITEBACK = 11;
export const NR_SHMEM = 12;
export const NR_SHMEM_THPS = 13;
export const NR_SHMEM_PMDMAPPED = 14;
export const NR_FILE_THPS = 15;
export const NR_FILE_PMDMAPPED = 16;
export const NR_ANON_THPS = 17;
export const NR_PAGETABLE = 18;
export const NR_SWAPCACHE = 19;
export const NR_SLAB = 20;
export const NR_DIRTIED = 21;
export const NR_WRITTEN = 22;
export const NR_VM_NODE_STAT_ITEMS = 23;

export const PGPGIN = 0;
export const PGPGOUT = 1;
export const PSWPIN = 2;
export const PSWPOUT = 3;
export const PGALLOC_NORMAL = 4;
export const PGALLOC_HIGH = 5;
export const PGFREE = 6;
export const PGACTIVATE = 7;
export const PGDEACTIVATE = 8;
export const PGLAZYFREE = 9;
export const PGLAZYFREED = 10;
export const PGFAULT = 11;
export const PGMAJFAULT = 12;
export const PGREFILL = 13;
export const PGSTEAL_ANON = 14;
export const PGSTEAL_FILE = 15;
export const PGSCAN_ANON = 16;
export const PGSCAN_FILE = 17;
export const PGROTATED = 18;
export const UNEVICTABLE_PGCULLED = 19;
export const UNEVICTABLE_PGSCANNED = 20;
export const UNEVICTABLE_PGRESCUED = 21;
export const UNEVICTABLE_PGMLOCKED = 22;
export const UNEVICTABLE_PGMUNLOCKED = 23;
export const UNEVICTABLE_PGCLEARED = 24;
export const UNEVICTABLE_PGSTRANDED = 25;
export const THP_FAULT_ALLOC = 26;
export const THP_FAULT_FALLBACK = 27;
export const THP_FAULT_FALLBACK_CHARGE = 28;
export const THP_COLLAPSE_ALLOC = 29;
export const THP_COLLAPSE_ALLOC_FAILED = 30;
export const THP_FILE_ALLOC = 31;
export const THP_FILE_FALLBACK = 32;
export const THP_FILE_FALLBACK_CHARGE = 33;
export const THP_FILE_MAPPED = 34;
export const THP_SPLIT_PAGE = 35;
export const THP_SPLIT_PAGE_FAILED = 36;
export const THP_DEFERRED_SPLIT_PAGE = 37;
export const THP_SPLIT_PMD = 38;
export const THP_SCAN_EXCEED_NONE_PTE = 39;
export const THP_SCAN_EXCEED_SWAP_PTE = 40;
export const THP_SCAN_EXCEED_SHARED_PTE = 41;
export const THP_ZERO_PAGE_ALLOC = 42;
export const THP_ZERO_PAGE_ALLOC_FAILED = 43;
export const THP_SWPOUT = 44;
export const THP_SWPOUT_FALLBACK = 45;
export const SWAP_RA = 46;
export const SWAP_RA_HIT = 47;
export const ALLOCSTALL = 48;
export const COMPACTSTALL = 49;
export const COMPACTFAIL = 50;
export const COMPACTSUCCESS = 51;
export const OOM_KILL = 52;
export const NR_VM_EVENT_ITEMS = 53;

/** Text of each node_stat_item. */
export const node_stat_text = [
  'nr_inactive_anon',
  'nr_active_anon',
  'nr_inactive_file',
  'nr_active_file',
  'nr_unevictable',
  'nr_isolated_anon',
  'nr_isolated_file',
  'nr_anon_pages',
  'nr_mapped',
  'nr_file_pages',
  'nr_dirty',
  'nr_writeback',
  'nr_shmem',
  'nr_shmem_hugepages',
  'nr_shmem_pmdmapped',
  'nr_file_hugepages',
  'nr_file_pmdmapped',
  'nr_anon_transparent_hugepages',
  'nr_page_table_pages',
  'nr_swapcached',
  'nr_slab_unreclaimable',
  'nr_dirtied',
  'nr_written',
] as const;

/** Text of each vm_event_item. */
export const vm_event_text = [
  'pgpgin',
  'pgpgout',
  'pswpin',
  'pswpout',
  'pgalloc_normal',
  'pgalloc_high',
  'pgfree',
  'pgactivate',
  'pgdeactivate',
  'pglazyfree',
  'pglazyfreed',
  'pgfault',
  'pgmajfault',
  'pgrefill',
  'pgsteal_anon',
  'pgsteal_file',
  'pgscan_anon',
  'pgscan_file',
  'pgrotated',
  'unevictable_pgs_culled',
  'unevictable_pgs_scanned',
  'unevictable_pgs_rescued',
  'unevictable_pgs_mlocked',
  'unevictable_pgs_munlocked',
  'unevictable_pgs_cleared',
  'unevictable_pgs_stranded',
  'thp_fault_alloc',
  'thp_fault_fallback',
  'thp_fault_fallback_charge',
  'thp_collapse_alloc',
  'thp_collapse_alloc_failed',
  'thp_file_alloc',
  'thp_file_fallback',
  'thp_file_fallback_charge',
  'thp_file_mapped',
  'thp_split_page',
  'thp_split_page_failed',
  'thp_deferred_split_page',
  'thp_split_pmd',
  'thp_scan_exceed_none_pte',
  'thp_scan_exceed_swap_pte',
  'thp_scan_exceed_shared_pte',
  'thp_zero_page_alloc',
  'thp_zero_page_alloc_failed',
  'thp_swpout',
  'thp_swpout_fallback',
  'swap_ra',
  'swap_ra_hit',
  'allocstall',
  'compactstall',
  'compactfail',
  'compactsuccess',
  'oom_kill',
] as const;
