// SPDX-License-Identifier: GPL-2.0-only
/**
 * The first touch of a page of a file mapping: what is in the page cache around it is mapped too, a private page that is written is copied.
 * Linux v6.6: mm/memory.c, do_fault(), do_read_fault(), do_fault_around(), should_fault_around(), do_cow_fault(), do_shared_fault(), __do_fault(),
 * do_page_mkwrite(), fault_dirty_shared_page().
 * left out: throttling of writers (no backing device is slow here), update of the file's times, charges to a memory cgroup.
 */

import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_none } from '../../arch/x86/include/asm/pgtable.ts';
import { PAGE_SHIFT, PTRS_PER_PTE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { pte_alloc_one, pte_free } from '../../arch/x86/mm/pgtable/pte_alloc_one.ts';
import { GFP_HIGHUSER_MOVABLE } from '../../include/linux/gfp.ts';
import { copy_user_highpage } from '../../include/linux/highmem.ts';
import { alloc_page_vma } from '../../include/linux/mm/alloc_page_vma.ts';
import { page_folio } from '../../include/linux/mm/page.ts';
import {
  FAULT_FLAG_MKWRITE,
  FAULT_FLAG_WRITE,
  VM_FAULT_ERROR,
  VM_FAULT_HWPOISON,
  VM_FAULT_LOCKED,
  VM_FAULT_NOPAGE,
  VM_FAULT_OOM,
  VM_FAULT_RETRY,
  type vm_fault,
} from '../../include/linux/mm/vm_fault.ts';
import { VM_SHARED } from '../../include/linux/mm/vm_flags.ts';
import { has_map_pages, has_page_mkwrite, vm_ops_fault, vm_ops_map_pages, vm_ops_page_mkwrite } from '../../include/linux/mm/vm_ops.ts';
import { page as struct_page, vm_area_struct } from '../../include/linux/mm_types.ts';
import { page_mapped } from '../../include/linux/page_ref.ts';
import { PageHWPoison, SetPageUptodate } from '../../include/linux/page-flags.ts';
import { userfaultfd_minor, userfaultfd_wp } from '../../include/linux/userfaultfd_k.ts';
import { rcu_read_lock, rcu_read_unlock } from '../../kernel/rcu/update.ts';
import { at } from '../../struct.ts';
import { folio_unlock, lock_page, unlock_page } from '../filemap/folio_lock.ts';
import { vma_pages } from '../mmap/find_vma.ts';
import { folio_mark_dirty } from '../page-writeback/folio_mark_dirty.ts';
import { anon_vma_prepare } from '../rmap/anon_vma_prepare.ts';
import { folio_put, put_page } from '../swap/put_page.ts';
import { finish_fault } from './finish_fault.ts';
import { unmap_mapping_pages } from './unmap_mapping_range.ts';

/** 64 KiB. Linux v6.6: fault_around_pages. */
const fault_around_pages = 16;

const FAILED = VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY;

export function* do_fault(c: Vcpu, vmf: vm_fault): Code<number> {
  let ret: number;
  if ((vmf.flags & FAULT_FLAG_WRITE) === 0) ret = yield* do_read_fault(c, vmf);
  else if ((peek(c, at(vmf.vma, vm_area_struct.vm_flags)) & VM_SHARED) === 0) ret = yield* do_cow_fault(c, vmf);
  else ret = yield* do_shared_fault(c, vmf);
  if (vmf.prealloc_pte !== NULL) {
    yield* pte_free(c, peek(c, at(vmf.vma, vm_area_struct.vm_mm)) as Ptr, vmf.prealloc_pte);
    vmf.prealloc_pte = NULL;
  }
  return ret;
}

/** A page table for a pmd that has none, since none can be allocated later under the page lock. @returns whether there was no memory */
function* preallocate(c: Vcpu, vmf: vm_fault): Code<boolean> {
  if (vmf.prealloc_pte !== NULL || !pmd_none(yield* load(c, vmf.pmd))) return false;
  vmf.prealloc_pte = yield* pte_alloc_one(c, peek(c, at(vmf.vma, vm_area_struct.vm_mm)) as Ptr);
  return vmf.prealloc_pte === NULL;
}

/** ->map_pages of the pages around the fault: those of its naturally aligned 64 KiB that lie in the VMA and in the same page table. */
function* do_fault_around(c: Vcpu, vmf: vm_fault): Code<number> {
  const pte_off = (vmf.address >>> PAGE_SHIFT) & (PTRS_PER_PTE - 1);
  const vma_off = vmf.pgoff - peek(c, at(vmf.vma, vm_area_struct.vm_pgoff));
  const from_pte = Math.max(pte_off & ~(fault_around_pages - 1), pte_off - Math.min(pte_off, vma_off));
  const to_pte = Math.min(from_pte + fault_around_pages, PTRS_PER_PTE, pte_off + vma_pages(c, vmf.vma) - vma_off) - 1;
  if (yield* preallocate(c, vmf)) return VM_FAULT_OOM;
  yield* rcu_read_lock(c);
  const ret = yield* vm_ops_map_pages(c, vmf, vmf.pgoff + from_pte - pte_off, vmf.pgoff + to_pte - pte_off);
  yield* rcu_read_unlock(c);
  return ret;
}

function* do_read_fault(c: Vcpu, vmf: vm_fault): Code<number> {
  // uffd_disable_fault_around(): every missing page of such a range is asked for on its own.
  if (has_map_pages(c, vmf.vma) && !userfaultfd_wp(c, vmf.vma) && !userfaultfd_minor(c, vmf.vma)) {
    const around = yield* do_fault_around(c, vmf);
    if (around !== 0) return around;
  }
  let ret = yield* __do_fault(c, vmf);
  if ((ret & FAILED) !== 0) return ret;
  ret |= yield* finish_fault(c, vmf);
  yield* unlock_page(c, vmf.page);
  if ((ret & FAILED) !== 0) yield* put_page(c, vmf.page);
  return ret;
}

function* do_cow_fault(c: Vcpu, vmf: vm_fault): Code<number> {
  if ((yield* anon_vma_prepare(c, vmf.vma)) !== 0) return VM_FAULT_OOM;
  vmf.cow_page = yield* alloc_page_vma(c, GFP_HIGHUSER_MOVABLE, vmf.vma, vmf.address);
  if (vmf.cow_page === NULL) return VM_FAULT_OOM;
  let ret = yield* __do_fault(c, vmf);
  if ((ret & FAILED) !== 0) {
    yield* put_page(c, vmf.cow_page);
    return ret;
  }
  yield* copy_user_highpage(c, vmf.cow_page, vmf.page, vmf.address, vmf.vma);
  yield* SetPageUptodate(c, vmf.cow_page);
  ret |= yield* finish_fault(c, vmf);
  yield* unlock_page(c, vmf.page);
  yield* put_page(c, vmf.page);
  if ((ret & FAILED) !== 0) yield* put_page(c, vmf.cow_page);
  return ret;
}

function* do_shared_fault(c: Vcpu, vmf: vm_fault): Code<number> {
  let ret = yield* __do_fault(c, vmf);
  if ((ret & FAILED) !== 0) return ret;
  if (has_page_mkwrite(c, vmf.vma)) {
    yield* unlock_page(c, vmf.page);
    const tmp = yield* do_page_mkwrite(c, vmf);
    if (tmp === 0 || (tmp & (VM_FAULT_ERROR | VM_FAULT_NOPAGE)) !== 0) {
      yield* put_page(c, vmf.page);
      return tmp;
    }
  }
  ret |= yield* finish_fault(c, vmf);
  if ((ret & FAILED) !== 0) {
    yield* unlock_page(c, vmf.page);
    yield* put_page(c, vmf.page);
    return ret;
  }
  return ret | (yield* fault_dirty_shared_page(c, vmf));
}

/** ->fault: vmf.page is then locked, and referenced. A poisoned page is taken away from everybody. */
function* __do_fault(c: Vcpu, vmf: vm_fault): Code<number> {
  if (yield* preallocate(c, vmf)) return VM_FAULT_OOM;
  const ret = yield* vm_ops_fault(c, vmf);
  if ((ret & FAILED) !== 0) return ret;
  if (yield* PageHWPoison(c, vmf.page)) {
    const folio = yield* page_folio(c, vmf.page);
    if ((ret & VM_FAULT_LOCKED) !== 0) {
      if (yield* page_mapped(c, vmf.page))
        yield* unmap_mapping_pages(c, peek(c, at(folio, struct_page.mapping)) as Ptr, vmf.pgoff, 1, false);
      yield* folio_unlock(c, folio);
    }
    yield* folio_put(c, folio);
    vmf.page = NULL;
    return VM_FAULT_HWPOISON;
  }
  if ((ret & VM_FAULT_LOCKED) === 0) yield* lock_page(c, vmf.page);
  return ret | VM_FAULT_LOCKED;
}

/** Tells the filesystem that a page of it becomes writable. */
export function* do_page_mkwrite(c: Vcpu, vmf: vm_fault): Code<number> {
  const flags = vmf.flags;
  vmf.flags = FAULT_FLAG_WRITE | FAULT_FLAG_MKWRITE;
  const ret = yield* vm_ops_page_mkwrite(c, vmf);
  vmf.flags = flags;
  return ret;
}

/** The page, which is locked, counts as written to. */
export function* fault_dirty_shared_page(c: Vcpu, vmf: vm_fault): Code<number> {
  const folio = yield* page_folio(c, vmf.page);
  yield* folio_mark_dirty(c, folio);
  yield* folio_unlock(c, folio);
  return 0;
}
