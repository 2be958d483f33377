// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages are made to be there before they are touched: MAP_POPULATE, mlock(), MADV_POPULATE_*. Linux v6.6: mm/gup.c, populate_vma_page_range(),
 * faultin_vma_page_range(), __mm_populate().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { PAGE_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { FOLL_FORCE, FOLL_HWPOISON, FOLL_TOUCH, FOLL_WRITE } from '../../include/linux/mm/foll.ts';
import { VM_ACCESS_FLAGS, VM_IO, VM_LOCKONFAULT, VM_PFNMAP, VM_SHARED, VM_WRITE } from '../../include/linux/mm/vm_flags.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_read_lock, mmap_read_unlock } from '../../include/linux/mmap_lock.ts';
import { EINVAL } from '../../include/uapi/asm-generic/errno.ts';
import { at } from '../../struct.ts';
import { find_vma_intersection } from '../mmap/find_vma.ts';
import { __get_user_pages, check_vma_flags } from './get_user_pages.ts';

/** mmap_lock is held for reading. @returns pages, or a negative errno */
export function* populate_vma_page_range(c: Vcpu, vma: Ptr, start: number, end: number): Code<number> {
  const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
  const nr_pages = (end - start) / PAGE_SIZE;
  if ((vm_flags & VM_LOCKONFAULT) !== 0) return nr_pages;
  // Private pages are copied now; shared ones are only read, so that a file is not dirtied for nothing.
  const write = (vm_flags & (VM_WRITE | VM_SHARED)) === VM_WRITE ? FOLL_WRITE : 0;
  const force = (vm_flags & VM_ACCESS_FLAGS) !== 0 ? FOLL_FORCE : 0;
  return yield* __get_user_pages(c, peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr, start, nr_pages, FOLL_TOUCH | write | force, null);
}

/** Of MADV_POPULATE_READ and _WRITE, within one VMA; mmap_lock is held for reading. @returns pages, or a negative errno */
export function* faultin_vma_page_range(c: Vcpu, vma: Ptr, start: number, end: number, write: boolean): Code<number> {
  const gup_flags = FOLL_TOUCH | FOLL_HWPOISON | (write ? FOLL_WRITE : 0);
  if (check_vma_flags(c, vma, gup_flags) !== 0) return -EINVAL;
  return yield* __get_user_pages(c, peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr, start, (end - start) / PAGE_SIZE, gup_flags, null);
}

/** @param ignore_errors go on with the next VMA. @returns 0 or a negative errno */
export function* __mm_populate(c: Vcpu, mm: Ptr, start: number, len: number, ignore_errors: boolean): Code<number> {
  const end = start + len;
  let ret = 0;
  yield* mmap_read_lock(c, mm);
  for (let from = start; from < end; ) {
    const vma = find_vma_intersection(c, mm, from, end);
    if (vma === NULL) break;
    const nstart = Math.max(from, peek(c, at(vma, vm_area_struct.vm_start)));
    const nend = Math.min(end, peek(c, at(vma, vm_area_struct.vm_end)));
    from = nend;
    if ((peek(c, at(vma, vm_area_struct.vm_flags)) & (VM_IO | VM_PFNMAP)) !== 0) continue;
    const got = yield* populate_vma_page_range(c, vma, nstart, nend);
    if (got < 0 && !ignore_errors) {
      ret = got;
      break;
    }
    if (got >= 0) from = nstart + got * PAGE_SIZE;
  }
  yield* mmap_read_unlock(c, mm);
  return ret;
}
