// SPDX-License-Identifier: GPL-2.0-only
/**
 * The answers to a userfaultfd: UFFDIO_COPY, UFFDIO_ZEROPAGE, UFFDIO_CONTINUE and UFFDIO_WRITEPROTECT. Linux v6.6: mm/userfaultfd.c,
 * mfill_atomic(), mfill_atomic_copy(), mfill_atomic_zeropage(), mfill_atomic_continue(), mfill_atomic_pte(), mwriteprotect_range(),
 * uffd_wp_range(); mm/shmem.c, shmem_mfill_atomic_pte(); fs/userfaultfd.c, userfaultfd_copy() and its like, for the wake-up.
 *
 * The source of a copy is a list of pages, which stand for memory of the answering process that cannot fault.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_none, pmd_trans_huge } from '../../arch/x86/include/asm/pgtable.ts';
import { userfaultfd_ctx, wake_userfault } from '../../fs/userfaultfd/userfaultfd_ctx.ts';
import { file_inode, inode_mapping } from '../../include/linux/fs.ts';
import { GFP_HIGHUSER_MOVABLE } from '../../include/linux/gfp.ts';
import { clear_highpage, copy_highpage } from '../../include/linux/highmem.ts';
import { MM_CP_UFFD_WP, MM_CP_UFFD_WP_RESOLVE } from '../../include/linux/mm/mm_cp.ts';
import { VM_SHARED, VM_UFFD_WP } from '../../include/linux/mm/vm_flags.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_read_lock, mmap_read_unlock } from '../../include/linux/mmap_lock.ts';
import { PageHWPoison, SetPageSwapBacked, SetPageUptodate } from '../../include/linux/page-flags.ts';
import { linear_page_index } from '../../include/linux/pagemap.ts';
import { pmdp_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { SGP_NOALLOC, vma_is_shmem } from '../../include/linux/shmem_fs.ts';
import { EEXIST, EFAULT, EINVAL, EIO, ENOENT, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { at } from '../../struct.ts';
import { folio_file_page } from '../filemap/filemap_get_folio.ts';
import { filemap_remove_folio } from '../filemap/filemap_remove_folio.ts';
import { __folio_set_locked, folio_unlock } from '../filemap/folio_lock.ts';
import { pmd_alloc, pte_alloc } from '../memory/pte_alloc.ts';
import { find_vma, vma_is_anonymous } from '../mmap/find_vma.ts';
import { tlb_finish_mmu, tlb_gather_mmu } from '../mmu_gather/tlb_gather_mmu.ts';
import { change_protection } from '../mprotect/change_protection.ts';
import { alloc_page } from '../page_alloc/__alloc_pages.ts';
import { anon_vma_prepare } from '../rmap/anon_vma_prepare.ts';
import { shmem_add_to_page_cache } from '../shmem/shmem_add_to_page_cache.ts';
import { shmem_recalc_inode } from '../shmem/shmem_charge.ts';
import { shmem_get_folio } from '../shmem/shmem_get_folio.ts';
import { folio_put } from '../swap/put_page.ts';
import { mfill_atomic_install_pte, mfill_atomic_pte_zeropage, mfill_file_over_size } from './mfill_atomic_install_pte.ts';

const MFILL_ATOMIC_COPY = 0;
const MFILL_ATOMIC_ZEROPAGE = 1;
const MFILL_ATOMIC_CONTINUE = 2;

const flagsOf = (c: Vcpu, vma: Ptr): number => peek(c, at(vma, vm_area_struct.vm_flags));
const mmOf = (c: Vcpu, ctx: Ptr): Ptr => peek(c, at(ctx, userfaultfd_ctx.mm)) as Ptr;

/** @param src one page for each of the range. @param wp write-protected from the start. @returns bytes filled, or a negative errno */
export function* mfill_atomic_copy(c: Vcpu, ctx: Ptr, start: number, src: readonly Ptr[], wp = false): Code<number> {
  return yield* mfill_atomic(c, ctx, start, src.length * 4096, MFILL_ATOMIC_COPY, src, wp);
}

export function* mfill_atomic_zeropage(c: Vcpu, ctx: Ptr, start: number, len: number): Code<number> {
  return yield* mfill_atomic(c, ctx, start, len, MFILL_ATOMIC_ZEROPAGE, [], false);
}

/** Maps what the page cache has. */
export function* mfill_atomic_continue(c: Vcpu, ctx: Ptr, start: number, len: number): Code<number> {
  return yield* mfill_atomic(c, ctx, start, len, MFILL_ATOMIC_CONTINUE, [], false);
}

/** The registered VMA that has the whole range, or NULL. */
function find_dst_vma(c: Vcpu, ctx: Ptr, start: number, len: number): Ptr {
  const vma = find_vma(c, mmOf(c, ctx), start);
  if (vma === NULL || peek(c, at(vma, vm_area_struct.userfaultfd_ctx)) === NULL) return NULL;
  return peek(c, at(vma, vm_area_struct.vm_start)) <= start && start + len <= peek(c, at(vma, vm_area_struct.vm_end)) ? vma : NULL;
}

function* mfill_atomic(c: Vcpu, ctx: Ptr, start: number, len: number, how: number, src: readonly Ptr[], wp: boolean): Code<number> {
  const mm = mmOf(c, ctx);
  yield* mmap_read_lock(c, mm);
  const vma = find_dst_vma(c, ctx, start, len);
  let error = vma === NULL ? -ENOENT : check(c, vma, how, wp);
  if (error === 0 && (flagsOf(c, vma) & VM_SHARED) === 0 && (yield* anon_vma_prepare(c, vma)) !== 0) error = -ENOMEM;
  let copied = 0;
  while (error === 0 && copied < len) {
    error = yield* fill_page(c, vma, start + copied, how, src[copied / 4096] ?? NULL, wp);
    if (error === 0) copied += 4096;
  }
  yield* mmap_read_unlock(c, mm);
  if (copied > 0) yield* wake_userfault(c, ctx, start, copied);
  return copied > 0 ? copied : error;
}

function check(c: Vcpu, vma: Ptr, how: number, wp: boolean): number {
  if (wp && (flagsOf(c, vma) & VM_UFFD_WP) === 0) return -EINVAL;
  if (vma_is_shmem(c, vma)) return 0;
  return vma_is_anonymous(c, vma) && how !== MFILL_ATOMIC_CONTINUE ? 0 : -EINVAL;
}

function* fill_page(c: Vcpu, vma: Ptr, address: number, how: number, src: Ptr, wp: boolean): Code<number> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const pmd = yield* pmd_alloc(c, mm, address);
  if (pmd === NULL) return -ENOMEM;
  const lo = yield* pmdp_get_lockless(c, pmd);
  if (pmd_trans_huge(lo)) return -EEXIST;
  if (pmd_none(lo) && (yield* pte_alloc(c, mm, pmd))) return -ENOMEM;
  if (how === MFILL_ATOMIC_CONTINUE) return yield* mfill_atomic_pte_continue(c, vma, pmd, address, wp);
  if ((flagsOf(c, vma) & VM_SHARED) !== 0) return yield* shmem_mfill_atomic_pte(c, vma, pmd, address, src, wp);
  if (how === MFILL_ATOMIC_ZEROPAGE) return yield* mfill_atomic_pte_zeropage(c, vma, pmd, address);
  const page = yield* new_page(c, src);
  if (page === NULL) return -ENOMEM;
  const error = yield* mfill_atomic_install_pte(c, vma, pmd, address, page, true, wp);
  if (error !== 0) yield* folio_put(c, page);
  return error;
}

/** @param src NULL for zeros */
function* new_page(c: Vcpu, src: Ptr): Code<Ptr> {
  const page = yield* alloc_page(c, GFP_HIGHUSER_MOVABLE);
  if (page === NULL) return NULL;
  if (src === NULL) yield* clear_highpage(c, page);
  else yield* copy_highpage(c, page, src);
  yield* SetPageUptodate(c, page);
  return page;
}

/** A page of the file that was not there. */
function* shmem_mfill_atomic_pte(c: Vcpu, vma: Ptr, pmd: Ptr, address: number, src: Ptr, wp: boolean): Code<number> {
  const inode = file_inode(c, peek(c, at(vma, vm_area_struct.vm_file)) as Ptr);
  const folio = yield* new_page(c, src);
  if (folio === NULL) return -ENOMEM;
  yield* __folio_set_locked(c, folio);
  yield* SetPageSwapBacked(c, folio);
  let error = (yield* mfill_file_over_size(c, vma, address)) ? -EFAULT : 0;
  if (error === 0)
    error = yield* shmem_add_to_page_cache(c, folio, inode_mapping(c, inode), linear_page_index(c, vma, address), 0, GFP_HIGHUSER_MOVABLE);
  if (error === 0) {
    error = yield* mfill_atomic_install_pte(c, vma, pmd, address, folio, true, wp);
    if (error === 0) yield* shmem_recalc_inode(c, inode, 1, 0);
    else yield* filemap_remove_folio(c, folio);
  }
  yield* folio_unlock(c, folio);
  if (error !== 0) yield* folio_put(c, folio);
  return error;
}

function* mfill_atomic_pte_continue(c: Vcpu, vma: Ptr, pmd: Ptr, address: number, wp: boolean): Code<number> {
  const pgoff = linear_page_index(c, vma, address);
  const got = yield* shmem_get_folio(c, file_inode(c, peek(c, at(vma, vm_area_struct.vm_file)) as Ptr), pgoff, SGP_NOALLOC);
  if (got < 0) return got === -ENOENT ? -EFAULT : got;
  const folio = got as Ptr;
  const page = folio_file_page(c, folio, pgoff);
  const error = (yield* PageHWPoison(c, page)) ? -EIO : yield* mfill_atomic_install_pte(c, vma, pmd, address, page, false, wp);
  yield* folio_unlock(c, folio);
  if (error !== 0) yield* folio_put(c, folio);
  return error;
}

/** UFFDIO_WRITEPROTECT. @returns 0 or a negative errno */
export function* mwriteprotect_range(c: Vcpu, ctx: Ptr, start: number, len: number, enable_wp: boolean): Code<number> {
  const mm = mmOf(c, ctx);
  yield* mmap_read_lock(c, mm);
  const vma = find_dst_vma(c, ctx, start, len);
  const found = vma !== NULL && (flagsOf(c, vma) & VM_UFFD_WP) !== 0;
  if (found) {
    const tlb = yield* tlb_gather_mmu(c, mm);
    yield* change_protection(c, tlb, vma, start, start + len, enable_wp ? MM_CP_UFFD_WP : MM_CP_UFFD_WP_RESOLVE);
    yield* tlb_finish_mmu(c, tlb);
  }
  yield* mmap_read_unlock(c, mm);
  if (found && !enable_wp) yield* wake_userfault(c, ctx, start, len);
  return found ? 0 : -ENOENT;
}
