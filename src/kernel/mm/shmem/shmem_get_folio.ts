// SPDX-License-Identifier: GPL-2.0-only
/**
 * The folio of a place of a shmem file: found, brought back from swap, or made. Linux v6.6: mm/shmem.c, shmem_get_folio_gfp(), shmem_get_folio(),
 * shmem_alloc_and_acct_folio(), shmem_alloc_hugefolio(), shmem_alloc_folio().
 * left out: limits of the mount, and with them the list of huge pages beyond the end of a file; memory policies and cgroups.
 */
import { cpuRelax, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_NR, HPAGE_PMD_ORDER } from '../../arch/x86/include/asm/pgtable_types.ts';
import { handle_userfault } from '../../fs/userfaultfd/handle_userfault.ts';
import { i_size_read, inode_mapping } from '../../include/linux/fs.ts';
import { __GFP_RECLAIM, GFP_HIGHUSER_MOVABLE } from '../../include/linux/gfp.ts';
import { clear_highpage } from '../../include/linux/highmem.ts';
import { compound_nr, nth_page } from '../../include/linux/mm/page.ts';
import type { vm_fault } from '../../include/linux/mm/vm_fault.ts';
import { VM_UFFD_MINOR, VM_UFFD_MISSING } from '../../include/linux/mm/vm_flags.ts';
import { page } from '../../include/linux/mm_types.ts';
import { PageUptodate, SetPageReferenced, SetPageSwapBacked, SetPageUptodate } from '../../include/linux/page-flags.ts';
import { SGP_CACHE, SGP_FALLOC, SGP_NOALLOC, SGP_READ, SGP_WRITE } from '../../include/linux/shmem_fs.ts';
import { userfaultfd_minor, userfaultfd_missing } from '../../include/linux/userfaultfd_k.ts';
import { count_vm_event, THP_FILE_FALLBACK } from '../../include/linux/vmstat.ts';
import { XA_STATE, xa_is_retry, xa_is_value, xa_to_value, xas_reset } from '../../include/linux/xarray.ts';
import { EEXIST, EINVAL, ENOENT, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { rcu_read_lock, rcu_read_unlock } from '../../kernel/rcu/update.ts';
import { xas_find } from '../../lib/xarray/xas_find.ts';
import { at } from '../../struct.ts';
import { filemap_lock_entry } from '../filemap/filemap_get_folio.ts';
import { filemap_remove_folio } from '../filemap/filemap_remove_folio.ts';
import { __folio_set_locked, folio_unlock } from '../filemap/folio_lock.ts';
import { vma_thp_gfp_mask } from '../huge_memory/do_huge_pmd_anonymous_page.ts';
import { alloc_pages } from '../page_alloc/__alloc_pages.ts';
import { folio_add_lru } from '../swap/folio_add_lru.ts';
import { folio_mark_accessed } from '../swap/mark_page_accessed.ts';
import { folio_put } from '../swap/put_page.ts';
import { shmem_add_to_page_cache } from './shmem_add_to_page_cache.ts';
import { shmem_recalc_inode } from './shmem_charge.ts';
import { shmem_is_huge } from './shmem_is_huge.ts';
import { shmem_swapin_folio } from './shmem_swapin_folio.ts';

/** @returns the folio, locked and with a reference; NULL for a hole with SGP_READ; or a negative errno */
export function* shmem_get_folio(c: Vcpu, inode: Ptr, index: number, sgp: number): Code<number> {
  return yield* shmem_get_folio_gfp(c, inode, index, sgp, GFP_HIGHUSER_MOVABLE, NULL, null);
}

const beyond = (index: number, size: number): boolean => index * 4096 >= size;

/**
 * @param vma and vmf of the fault that wants it, or NULL and null
 * @returns as above; c.out has VM_FAULT_* bits for the fault, all that there is to it if the folio is NULL
 */
export function* shmem_get_folio_gfp(
  c: Vcpu,
  inode: Ptr,
  index: number,
  sgp: number,
  gfp: number,
  vma: Ptr,
  vmf: vm_fault | null,
): Code<number> {
  const mapping = inode_mapping(c, inode);
  for (;;) {
    c.out = 0;
    if (sgp <= SGP_CACHE && beyond(index, yield* i_size_read(c, inode))) return -EINVAL;
    const found = yield* filemap_lock_entry(c, mapping, index);
    if (found !== 0 && vmf !== null && userfaultfd_minor(c, vma)) {
      if (!xa_is_value(found)) yield* unlock_and_put(c, found as Ptr);
      c.out = yield* handle_userfault(c, vmf, VM_UFFD_MINOR);
      return NULL;
    }
    if (xa_is_value(found)) {
      const folio = yield* shmem_swapin_folio(c, inode, index, xa_to_value(found), sgp, gfp, vmf);
      if (folio === -EEXIST) continue;
      return folio;
    }
    if (found !== 0) {
      const folio = found as Ptr;
      if (sgp === SGP_WRITE) yield* folio_mark_accessed(c, folio);
      c.out = 0;
      if (yield* PageUptodate(c, folio)) return folio;
      if (sgp !== SGP_READ) return yield* shmem_clear(c, inode, index, folio, sgp, false);
      yield* unlock_and_put(c, folio); // made by fallocate() and never written: a hole
    }
    if (sgp === SGP_READ) return NULL;
    if (sgp === SGP_NOALLOC) return -ENOENT;
    if (vmf !== null && userfaultfd_missing(c, vma)) {
      c.out = yield* handle_userfault(c, vmf, VM_UFFD_MISSING);
      return NULL;
    }
    const made = yield* shmem_make_folio(c, inode, index, sgp, gfp, vma);
    if (made === -EEXIST) continue;
    return made;
  }
}

function* unlock_and_put(c: Vcpu, folio: Ptr): Code {
  yield* folio_unlock(c, folio);
  yield* folio_put(c, folio);
}

/** A new folio, huge where that is wanted and possible. @returns it, or a negative errno */
function* shmem_make_folio(c: Vcpu, inode: Ptr, index: number, sgp: number, gfp: number, vma: Ptr): Code<number> {
  const mapping = inode_mapping(c, inode);
  for (let huge = yield* shmem_is_huge(c, vma, inode, index, false); ; huge = false) {
    const folio = yield* shmem_alloc_folio(c, mapping, index, gfp, vma, huge);
    if (folio === NULL) {
      if (huge) continue;
      return -ENOMEM;
    }
    if (sgp === SGP_WRITE) yield* SetPageReferenced(c, folio);
    const nr = compound_nr(c, folio);
    const error = yield* shmem_add_to_page_cache(c, folio, mapping, index - (index % nr), 0, gfp & __GFP_RECLAIM);
    if (error !== 0) {
      yield* unlock_and_put(c, folio);
      if (huge) continue;
      return error;
    }
    yield* folio_add_lru(c, folio);
    yield* shmem_recalc_inode(c, inode, nr, 0);
    return yield* shmem_clear(c, inode, index, folio, sgp === SGP_FALLOC ? SGP_WRITE : sgp, true);
  }
}

/** Locked and swap-backed. A huge one only where its range is empty. @returns NULL without memory */
function* shmem_alloc_folio(c: Vcpu, mapping: Ptr, index: number, gfp: number, vma: Ptr, huge: boolean): Code<Ptr> {
  let folio = NULL;
  if (huge) {
    const hindex = index - (index % HPAGE_PMD_NR);
    if (yield* xa_find_present(c, mapping, hindex, hindex + HPAGE_PMD_NR - 1)) return NULL;
    folio = yield* alloc_pages(c, vma_thp_gfp_mask(c, vma), HPAGE_PMD_ORDER);
    if (folio === NULL) count_vm_event(c, THP_FILE_FALLBACK);
  } else folio = yield* alloc_pages(c, gfp, 0);
  if (folio === NULL) return NULL;
  yield* __folio_set_locked(c, folio);
  yield* SetPageSwapBacked(c, folio);
  return folio;
}

/** Linux: xa_find(). */
function* xa_find_present(c: Vcpu, mapping: Ptr, first: number, last: number): Code<boolean> {
  const xas = XA_STATE(mapping, first);
  yield* rcu_read_lock(c);
  let entry = yield* xas_find(c, xas, last);
  while (xa_is_retry(entry)) {
    yield* cpuRelax(c);
    xas_reset(xas);
    entry = yield* xas_find(c, xas, last);
  }
  yield* rcu_read_unlock(c);
  return entry !== 0;
}

/** Fills a folio that nobody has written to with zeros, unless the caller is about to write it. @returns it, or -EINVAL if it was truncated meanwhile */
function* shmem_clear(c: Vcpu, inode: Ptr, index: number, folio: Ptr, sgp: number, alloced: boolean): Code<number> {
  if (sgp !== SGP_WRITE && !(yield* PageUptodate(c, folio))) {
    for (let i = 0; i < compound_nr(c, folio); i++) yield* clear_highpage(c, nth_page(c, folio, i));
    yield* SetPageUptodate(c, folio);
  }
  c.out = 0;
  if (sgp > SGP_CACHE || !beyond(index, yield* i_size_read(c, inode))) return folio;
  if (alloced && peek(c, at(folio, page.mapping)) !== NULL) {
    yield* filemap_remove_folio(c, folio);
    yield* shmem_recalc_inode(c, inode, 0, 0);
  }
  yield* unlock_and_put(c, folio);
  return -EINVAL;
}
