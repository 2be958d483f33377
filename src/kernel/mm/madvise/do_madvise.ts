// SPDX-License-Identifier: GPL-2.0-only
/**
 * madvise(2). Linux v6.6: mm/madvise.c, do_madvise(), madvise_walk_vmas(), madvise_need_mmap_write(), madvise_behavior_valid(),
 * madvise_inject_error().
 * left out: KSM, soft offlining, names of anonymous memory.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_read_lock, mmap_read_unlock, mmap_write_lock, mmap_write_unlock } from '../../include/linux/mmap_lock.ts';
import { EINVAL, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import {
  MADV_COLD,
  MADV_COLLAPSE,
  MADV_DODUMP,
  MADV_DOFORK,
  MADV_DONTDUMP,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_DONTNEED_LOCKED,
  MADV_FREE,
  MADV_HUGEPAGE,
  MADV_HWPOISON,
  MADV_KEEPONFORK,
  MADV_NOHUGEPAGE,
  MADV_NORMAL,
  MADV_PAGEOUT,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MADV_RANDOM,
  MADV_REMOVE,
  MADV_SEQUENTIAL,
  MADV_WILLNEED,
  MADV_WIPEONFORK,
} from '../../include/uapi/asm-generic/mman.ts';
import { at } from '../../struct.ts';
import { find_vma, find_vma_prev } from '../mmap/find_vma.ts';
import { PAGE_ALIGN } from '../mmap/get_unmapped_area.ts';
import { madvise_inject_error } from './madvise_inject_error.ts';
import { madvise_vma_behavior } from './madvise_vma_behavior.ts';

/** They leave the VMAs as they are: mmap_lock for reading is enough. */
const reading: readonly number[] = [
  MADV_REMOVE,
  MADV_WILLNEED,
  MADV_DONTNEED,
  MADV_DONTNEED_LOCKED,
  MADV_COLD,
  MADV_PAGEOUT,
  MADV_FREE,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MADV_COLLAPSE,
];

const writing: readonly number[] = [
  MADV_DOFORK,
  MADV_DONTFORK,
  MADV_NORMAL,
  MADV_SEQUENTIAL,
  MADV_RANDOM,
  MADV_HUGEPAGE,
  MADV_NOHUGEPAGE,
  MADV_DONTDUMP,
  MADV_DODUMP,
  MADV_WIPEONFORK,
  MADV_KEEPONFORK,
];

/** Takes mmap_lock. @returns 0 or a negative errno; -ENOMEM also where a part is not mapped, after the rest was done */
export function* do_madvise(c: Vcpu, mm: Ptr, start: number, len: number, behavior: number): Code<number> {
  const read = reading.includes(behavior);
  if (!read && !writing.includes(behavior) && behavior !== MADV_HWPOISON) return -EINVAL;
  if (start % 4096 !== 0) return -EINVAL;
  const end = start + PAGE_ALIGN(len);
  if ((len !== 0 && end === start) || end > 0xffffffff) return -EINVAL;
  if (end === start) return 0;
  if (behavior === MADV_HWPOISON) return yield* madvise_inject_error(c, mm, start, start + len);
  if (read) yield* mmap_read_lock(c, mm);
  else yield* mmap_write_lock(c, mm);
  const error = yield* madvise_walk_vmas(c, mm, start, end, behavior);
  if (read) yield* mmap_read_unlock(c, mm);
  else yield* mmap_write_unlock(c, mm);
  return error;
}

function* madvise_walk_vmas(c: Vcpu, mm: Ptr, first: number, end: number, behavior: number): Code<number> {
  let start = first;
  let unmapped_error = 0;
  let vma = find_vma_prev(c, mm, start);
  let prev = c.out as Ptr;
  if (vma !== NULL && start > peek(c, at(vma, vm_area_struct.vm_start))) prev = vma;
  for (;;) {
    if (vma === NULL) return -ENOMEM;
    const vm_start = peek(c, at(vma, vm_area_struct.vm_start));
    if (start < vm_start) {
      unmapped_error = -ENOMEM;
      start = vm_start;
      if (start >= end) return unmapped_error;
    }
    const to = Math.min(end, peek(c, at(vma, vm_area_struct.vm_end)));
    const error = yield* madvise_vma_behavior(c, vma, prev, start, to, behavior);
    prev = c.out as Ptr;
    if (error !== 0) return error;
    start = prev === NULL ? to : Math.max(to, peek(c, at(prev, vm_area_struct.vm_end)));
    if (start >= end) return unmapped_error;
    vma = find_vma(c, mm, start);
  }
}
