// SPDX-License-Identifier: GPL-2.0-only
/**
 * What changed upstream between the recorded 6.1.176 and 6.6, where the port can do with and without it. Code asks for a change where it shows, by its
 * commit: `since(c, '1d65b771bc08')`.
 */

export const RELEASES = ['6.1', '6.5', '6.6'] as const;
export type Release = (typeof RELEASES)[number];

/** Title of the commit, and which releases have it; 6.1 is 6.1.176, with what was brought back to it. */
export interface UpstreamChange {
  readonly title: string;
  readonly releases: readonly Release[];
}

const SINCE_6_5: readonly Release[] = ['6.5', '6.6'];
const SINCE_6_6: readonly Release[] = ['6.6'];
/** Later than 6.6. */
const BROUGHT_BACK: readonly Release[] = ['6.1'];

/** In the order in which they were made. */
const UPSTREAM = {
  '96d82deb743a': { title: 'mm,thp,rmap: clean up the end of __split_huge_pmd_locked()', releases: SINCE_6_5 },
  d84887739d5c: { title: 'mm/mprotect: allow clean exclusive anon pages to be writable', releases: SINCE_6_5 },
  c27f479ef542: { title: 'mm/huge_memory: try avoiding write faults when changing PMD protection', releases: SINCE_6_5 },
  '5df397dec7c4': { title: 'mm: delay page_remove_rmap() until after the TLB has been flushed', releases: SINCE_6_5 },
  '4c9473e87e75': { title: 'mm/khugepaged: add tracepoint to collapse_file()', releases: SINCE_6_5 },
  '2cf1338454a8': { title: 'mm: fix khugepaged with shmem_enabled=advise', releases: SINCE_6_5 },
  '5e31275cc997': { title: 'mm: add per-VMA lock and helper functions to control it', releases: SINCE_6_5 },
  '98c76c9f1ef7': { title: 'mm/khugepaged: recover from poisoned anonymous memory', releases: SINCE_6_5 },
  '12904d953364': { title: 'mm/khugepaged: recover from poisoned file-backed memory', releases: SINCE_6_5 },
  efa3d814fad1: { title: 'mm/khugepaged: drain lru after swapping in shmem', releases: SINCE_6_5 },
  ac492b9c70ca: { title: 'mm/khugepaged: skip shmem with userfaultfd', releases: SINCE_6_5 },
  '5436d6556937': {
    title: 'mm/huge_memory: revert "Partly revert "mm/thp: carry over dirty bit when thp splits on pmd""',
    releases: SINCE_6_5,
  },
  '895f5ee464cc': { title: 'mm/khugepaged: allow pte_offset_map[_lock]() to fail', releases: SINCE_6_5 },
  '509f006932de': { title: 'shmem: fix quota lock nesting in huge hole handling', releases: SINCE_6_6 },
  '1d65b771bc08': { title: 'mm/khugepaged: retract_page_tables() without mmap or vma lock', releases: SINCE_6_6 },
  '1043173eb5eb': { title: 'mm/khugepaged: collapse_pte_mapped_thp() with mmap_read_lock()', releases: SINCE_6_6 },
  d50791c2bee9: { title: 'mm/khugepaged: delete khugepaged_collapse_pte_mapped_thps()', releases: SINCE_6_6 },
  bb3aadf7d446: { title: 'x86/mm: Start actually marking _PAGE_SAVED_DIRTY', releases: SINCE_6_6 },
  '743a2753a02e': {
    title: 'filemap: cap PTE range to be created to allowed zero fill in folio_map_range()',
    releases: BROUGHT_BACK,
  },
  '3ef938c35035': { title: 'x86/mm: Fix flush_tlb_range() when used for zapping normal PMDs', releases: BROUGHT_BACK },
} as const satisfies Record<string, UpstreamChange>;

/** Twelve digits of a commit. */
export type Change = keyof typeof UPSTREAM;

export const CHANGES: ReadonlyMap<Change, UpstreamChange> = new Map(Object.entries(UPSTREAM) as [Change, UpstreamChange][]);

/** What a kernel is made of. */
export interface Changes {
  has(change: Change): boolean;
}

export function changesOf(release: Release): ReadonlySet<Change> {
  const changes = new Set<Change>();
  for (const [change, { releases }] of CHANGES) if (releases.includes(release)) changes.add(change);
  return changes;
}
