// SPDX-License-Identifier: GPL-2.0-only
/**
 * mlock(2), mlock2(2) and munlock(2). Linux v6.6: mm/mlock.c, do_mlock(), apply_vma_lock_flags(), mlock_fixup(), SYSCALL_DEFINE2(munlock),
 * __mlock_posix_error_return().
 * left out: RLIMIT_MEMLOCK; mlockall().
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { VM_HUGETLB, VM_LOCKED, VM_LOCKED_MASK, VM_LOCKONFAULT, VM_SPECIAL } from '../../include/linux/mm/vm_flags.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_write_lock, mmap_write_unlock } from '../../include/linux/mmap_lock.ts';
import { EAGAIN, EFAULT, EINVAL, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { MLOCK_ONFAULT } from '../../include/uapi/asm-generic/mman.ts';
import { at } from '../../struct.ts';
import { __mm_populate } from '../gup/populate_vma_page_range.ts';
import { find_vma_prev } from '../mmap/find_vma.ts';
import { PAGE_ALIGN } from '../mmap/get_unmapped_area.ts';
import { vma_modify_flags } from '../mmap/vma_modify.ts';
import { mlock_vma_pages_range } from './mlock_vma_pages_range.ts';

/** mlock2(2). Takes mmap_lock. @param flags MLOCK_ONFAULT, or 0 as mlock() has it @returns 0 or a negative errno */
export function* do_mlock(c: Vcpu, mm: Ptr, start: number, len: number, flags: number): Code<number> {
  if ((flags & ~MLOCK_ONFAULT) !== 0) return -EINVAL;
  const first = start - (start % 4096);
  const length = PAGE_ALIGN(len + (start % 4096));
  yield* mmap_write_lock(c, mm);
  const locked = (flags & MLOCK_ONFAULT) !== 0 ? VM_LOCKED | VM_LOCKONFAULT : VM_LOCKED;
  const error = yield* apply_vma_lock_flags(c, mm, first, length, locked);
  yield* mmap_write_unlock(c, mm);
  if (error !== 0) return error;
  const populated = yield* __mm_populate(c, mm, first, length, false);
  if (populated === -EFAULT) return -ENOMEM; // POSIX's words for it
  return populated === -ENOMEM ? -EAGAIN : populated;
}

/** munlock(2). Takes mmap_lock. @returns 0 or a negative errno */
export function* do_munlock(c: Vcpu, mm: Ptr, start: number, len: number): Code<number> {
  yield* mmap_write_lock(c, mm);
  const error = yield* apply_vma_lock_flags(c, mm, start - (start % 4096), PAGE_ALIGN(len + (start % 4096)), 0);
  yield* mmap_write_unlock(c, mm);
  return error;
}

function* apply_vma_lock_flags(c: Vcpu, mm: Ptr, start: number, len: number, flags: number): Code<number> {
  const end = start + len;
  if (end > 0xffffffff) return -EINVAL;
  if (end === start) return 0;
  let vma = find_vma_prev(c, mm, start);
  if (vma === NULL || peek(c, at(vma, vm_area_struct.vm_start)) > start) return -ENOMEM;
  let prev = (start > peek(c, at(vma, vm_area_struct.vm_start)) ? vma : c.out) as Ptr;
  for (let from = start; ; ) {
    const newflags = ((peek(c, at(vma, vm_area_struct.vm_flags)) & ~VM_LOCKED_MASK) | flags) >>> 0;
    const to = Math.min(peek(c, at(vma, vm_area_struct.vm_end)), end);
    const error = yield* mlock_fixup(c, mm, vma, prev, from, to, newflags);
    if (error !== 0) return error;
    prev = c.out as Ptr;
    from = Math.max(to, peek(c, at(prev, vm_area_struct.vm_end)));
    if (from >= end) return 0;
    vma = peek(c, at(prev, vm_area_struct.vm_next)) as Ptr;
    if (vma === NULL || peek(c, at(vma, vm_area_struct.vm_start)) !== from) return -ENOMEM;
  }
}

/** @returns 0 or -ENOMEM; in c.out the VMA that the part belongs to now */
function* mlock_fixup(c: Vcpu, mm: Ptr, vma: Ptr, prev: Ptr, start: number, end: number, newflags: number): Code<number> {
  const oldflags = peek(c, at(vma, vm_area_struct.vm_flags));
  c.out = vma;
  if (newflags === oldflags || (oldflags & (VM_SPECIAL | VM_HUGETLB)) !== 0) return 0;
  const target = yield* vma_modify_flags(c, vma, prev, start, end, newflags);
  if (target < 0) return target;
  const pages = (end - start) >>> 12;
  const was = (oldflags & VM_LOCKED) !== 0;
  const is = (newflags & VM_LOCKED) !== 0;
  const more = is ? (was ? 0 : pages) : -pages;
  poke(c, at(mm, mm_struct.locked_vm), peek(c, at(mm, mm_struct.locked_vm)) + more);
  if (was && is) {
    yield* vma_start_write(c, target);
    poke(c, at(target, vm_area_struct.vm_flags), newflags);
  } else yield* mlock_vma_pages_range(c, target, start, end, newflags);
  c.out = target;
  return 0;
}
