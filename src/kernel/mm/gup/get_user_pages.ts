// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages of a process, faulted in where they are missing. Linux v6.6: mm/gup.c, __get_user_pages(), get_user_pages_unlocked(),
 * faultin_page(), check_vma_flags(); include/linux/mm.h, vm_fault_to_errno().
 * left out: dropping mmap_lock while a fault waits for a folio; stacks that grow; the vsyscall page.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { PAGE_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { FOLL_FORCE, FOLL_HWPOISON, FOLL_TOUCH, FOLL_WRITE } from '../../include/linux/mm/foll.ts';
import {
  FAULT_FLAG_UNSHARE,
  FAULT_FLAG_WRITE,
  VM_FAULT_ERROR,
  VM_FAULT_HWPOISON,
  VM_FAULT_OOM,
  VM_FAULT_SIGBUS,
  VM_FAULT_SIGSEGV,
} from '../../include/linux/mm/vm_fault.ts';
import { VM_IO, VM_MAYREAD, VM_PFNMAP, VM_READ, VM_WRITE } from '../../include/linux/mm/vm_flags.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_read_lock, mmap_read_unlock } from '../../include/linux/mmap_lock.ts';
import { EFAULT, EHWPOISON, EMLINK, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { cond_resched } from '../../kernel/sched/might_sleep.ts';
import { at } from '../../struct.ts';
import { handle_mm_fault } from '../memory/handle_mm_fault.ts';
import { vma_lookup } from '../mmap/find_vma.ts';
import { follow_page_mask } from './follow_page_mask.ts';

/** May pages of the VMA be got as asked? @returns 0 or -EFAULT */
export function check_vma_flags(c: Vcpu, vma: Ptr, gup_flags: number): number {
  const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
  if ((vm_flags & (VM_IO | VM_PFNMAP)) !== 0) return -EFAULT;
  const right = (gup_flags & FOLL_WRITE) !== 0 ? VM_WRITE : VM_READ;
  if ((vm_flags & right) !== 0) return 0;
  // FOLL_FORCE reads what could be made readable.
  const forced = right === VM_READ && (gup_flags & FOLL_FORCE) !== 0 && (vm_flags & VM_MAYREAD) !== 0;
  return forced ? 0 : -EFAULT;
}

function vm_fault_to_errno(ret: number, gup_flags: number): number {
  if ((ret & VM_FAULT_OOM) !== 0) return -ENOMEM;
  if ((ret & VM_FAULT_HWPOISON) !== 0) return (gup_flags & FOLL_HWPOISON) !== 0 ? -EHWPOISON : -EFAULT;
  return (ret & (VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV)) !== 0 ? -EFAULT : 0;
}

/** @returns 0 or a negative errno */
function* faultin_page(c: Vcpu, vma: Ptr, address: number, gup_flags: number, unshare: boolean): Code<number> {
  const write = (gup_flags & FOLL_WRITE) !== 0 ? FAULT_FLAG_WRITE : 0;
  const ret = yield* handle_mm_fault(c, vma, address, write | (unshare ? FAULT_FLAG_UNSHARE : 0));
  return (ret & VM_FAULT_ERROR) !== 0 ? vm_fault_to_errno(ret, gup_flags) : 0;
}

/**
 * mmap_lock is held for reading.
 * @param pages gets them, or null where they only have to be there
 * @returns pages that were got, or a negative errno where the first one failed
 */
export function* __get_user_pages(c: Vcpu, mm: Ptr, start: number, nr_pages: number, gup_flags: number, pages: Ptr[] | null): Code<number> {
  let vma = NULL;
  for (let i = 0; i < nr_pages; i++) {
    const address = start + i * PAGE_SIZE;
    if (vma === NULL || address >= peek(c, at(vma, vm_area_struct.vm_end))) {
      vma = vma_lookup(c, mm, address);
      const refused = vma === NULL ? -EFAULT : check_vma_flags(c, vma, gup_flags);
      if (refused !== 0) return i > 0 ? i : refused;
    }
    const page = yield* follow_or_fault(c, vma, address, gup_flags);
    if (page < 0) return i > 0 ? i : page;
    if (pages !== null) pages.push(page as Ptr);
    yield* cond_resched(c);
  }
  return nr_pages;
}

function* follow_or_fault(c: Vcpu, vma: Ptr, address: number, gup_flags: number): Code<number> {
  for (;;) {
    const page = yield* follow_page_mask(c, vma, address, gup_flags);
    if (page !== NULL && page !== -EMLINK) return page;
    const err = yield* faultin_page(c, vma, address, gup_flags, page === -EMLINK);
    if (err !== 0) return err;
  }
}

/** @returns pages that were got, or a negative errno */
export function* get_user_pages_unlocked(c: Vcpu, mm: Ptr, start: number, nr_pages: number, gup_flags: number, pages: Ptr[]): Code<number> {
  yield* mmap_read_lock(c, mm);
  const ret = yield* __get_user_pages(c, mm, start, nr_pages, gup_flags | FOLL_TOUCH, pages);
  yield* mmap_read_unlock(c, mm);
  return ret;
}
