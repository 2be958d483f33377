// SPDX-License-Identifier: GPL-2.0-only
/**
 * What one page adds to the lines of /proc/PID/smaps. Linux v6.6: fs/proc/task_mmu.c, struct mem_size_stats, smaps_account(),
 * smaps_page_accumulate().
 */
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../mmu/types.ts';
import { PAGE_SIZE } from '../../../arch/x86/include/asm/pgtable_types.ts';
import { compound_head, compound_nr, nth_page } from '../../../include/linux/mm/page.ts';
import { page_count, page_mapcount } from '../../../include/linux/page_ref.ts';
import { PageAnon, PageDirty, PageReferenced, PageSwapBacked } from '../../../include/linux/page-flags.ts';

/** In bytes; what is shared in proportion, in 1/4096 bytes. Under the names of the kernel, which smaps' lines begin with. */
export interface mem_size_stats {
  resident: number;
  pss: number;
  pss_anon: number;
  pss_file: number;
  pss_shmem: number;
  pss_dirty: number;
  pss_locked: number;
  shared_clean: number;
  shared_dirty: number;
  private_clean: number;
  private_dirty: number;
  referenced: number;
  anonymous: number;
  lazyfree: number;
  anonymous_thp: number;
  shmem_thp: number;
  file_thp: number;
  swap: number;
  swap_pss: number;
}

export const new_mem_size_stats = (): mem_size_stats => ({
  resident: 0,
  pss: 0,
  pss_anon: 0,
  pss_file: 0,
  pss_shmem: 0,
  pss_dirty: 0,
  pss_locked: 0,
  shared_clean: 0,
  shared_dirty: 0,
  private_clean: 0,
  private_dirty: 0,
  referenced: 0,
  anonymous: 0,
  lazyfree: 0,
  anonymous_thp: 0,
  shmem_thp: 0,
  file_thp: 0,
  swap: 0,
  swap_pss: 0,
});

/** The page's share of `bytes` that `users` have in common, in 1/4096 bytes. */
export const share_of = (bytes: number, users: number): number => (users >= 2 ? Math.floor((bytes * 4096) / users) : bytes * 4096);

/** @param compound the whole of it, mapped by a pmd */
export function* smaps_account(
  c: Vcpu,
  mss: mem_size_stats,
  page: Ptr,
  compound: boolean,
  young: boolean,
  entry_dirty: boolean,
  locked: boolean,
  migration: boolean,
): Code {
  const head = yield* compound_head(c, page);
  const nr = compound ? compound_nr(c, head) : 1;
  const size = nr * PAGE_SIZE;
  const anon = PageAnon(c, head);
  const swapbacked = yield* PageSwapBacked(c, head);
  const dirty = entry_dirty || (yield* PageDirty(c, head));
  if (anon) {
    mss.anonymous += size;
    if (!swapbacked && !dirty) mss.lazyfree += size;
  }
  mss.resident += size;
  if (young || (yield* PageReferenced(c, head))) mss.referenced += size;
  // One reference is one mapping: nobody else is there, and the pages need not be counted one by one.
  if (migration || (yield* page_count(c, page)) === 1) return accumulate(mss, anon, swapbacked, size, 1, dirty, locked);
  for (let i = 0; i < nr; i++) accumulate(mss, anon, swapbacked, PAGE_SIZE, yield* page_mapcount(c, nth_page(c, page, i)), dirty, locked);
}

function accumulate(
  mss: mem_size_stats,
  anon: boolean,
  swapbacked: boolean,
  size: number,
  mapcount: number,
  dirty: boolean,
  locked: boolean,
): void {
  const pss = share_of(size, mapcount);
  const shared = mapcount >= 2;
  mss.pss += pss;
  if (anon) mss.pss_anon += pss;
  else if (swapbacked) mss.pss_shmem += pss;
  else mss.pss_file += pss;
  if (locked) mss.pss_locked += pss;
  if (dirty) mss.pss_dirty += pss;
  if (dirty && shared) mss.shared_dirty += size;
  else if (dirty) mss.private_dirty += size;
  else if (shared) mss.shared_clean += size;
  else mss.private_clean += size;
}
