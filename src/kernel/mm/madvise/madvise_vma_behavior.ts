// SPDX-License-Identifier: GPL-2.0-only
/**
 * What an advice does to one VMA, or to a part of it. Linux v6.6: mm/madvise.c, madvise_vma_behavior(), madvise_update_vma(),
 * madvise_dontneed_free(), madvise_populate(), madvise_remove().
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { fput, get_file } from '../../fs/file_table/fput.ts';
import { vfs_fallocate } from '../../fs/open/vfs_fallocate.ts';
import { FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE } from '../../include/linux/fs.ts';
import {
  VM_DONTCOPY,
  VM_DONTDUMP,
  VM_IO,
  VM_LOCKED,
  VM_PFNMAP,
  VM_RAND_READ,
  VM_SEQ_READ,
  VM_SHARED,
  VM_SPECIAL,
  VM_WIPEONFORK,
} from '../../include/linux/mm/vm_flags.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_read_lock, mmap_read_unlock } from '../../include/linux/mmap_lock.ts';
import { EACCES, EAGAIN, EFAULT, EHWPOISON, EINVAL, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
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
import { faultin_vma_page_range } from '../gup/populate_vma_page_range.ts';
import { hugepage_madvise } from '../khugepaged/hugepage_madvise.ts';
import { madvise_collapse } from '../khugepaged/madvise_collapse.ts';
import { zap_page_range_single } from '../memory/unmap_vmas.ts';
import { vma_lookup } from '../mmap/find_vma.ts';
import { vma_is_shared_maywrite } from '../mmap/vma_link.ts';
import { vma_modify_flags } from '../mmap/vma_modify.ts';
import { madvise_cold_or_pageout } from './madvise_cold_or_pageout.ts';
import { madvise_free_single_vma } from './madvise_free.ts';
import { madvise_willneed } from './madvise_willneed.ts';

/** @returns 0 or a negative errno; in c.out the VMA that the part belongs to now, or NULL if mmap_lock was dropped meanwhile */
export function* madvise_vma_behavior(c: Vcpu, vma: Ptr, prev: Ptr, start: number, end: number, behavior: number): Code<number> {
  let error = 0;
  let dropped = false;
  switch (behavior) {
    case MADV_REMOVE:
      error = yield* madvise_remove(c, vma, start, end);
      dropped = true;
      break;
    case MADV_WILLNEED:
      error = yield* madvise_willneed(c, vma, start, end);
      break;
    case MADV_COLD:
    case MADV_PAGEOUT:
      error = yield* madvise_cold_or_pageout(c, vma, start, end, behavior === MADV_PAGEOUT);
      break;
    case MADV_FREE:
    case MADV_DONTNEED:
    case MADV_DONTNEED_LOCKED:
      error = yield* madvise_dontneed_free(c, vma, start, end, behavior);
      break;
    case MADV_POPULATE_READ:
    case MADV_POPULATE_WRITE:
      error = yield* madvise_populate(c, vma, start, end, behavior === MADV_POPULATE_WRITE);
      dropped = true; // a fault may have dropped it
      break;
    case MADV_COLLAPSE:
      error = yield* madvise_collapse(c, vma, start, end);
      dropped = c.out !== 0;
      break;
    default:
      return yield* madvise_flags(c, vma, prev, start, end, behavior);
  }
  c.out = dropped ? NULL : vma;
  return error;
}

/** @returns the new flags, or -EINVAL */
function* new_flags_of(c: Vcpu, vma: Ptr, behavior: number): Code<number> {
  const flags = peek(c, at(vma, vm_area_struct.vm_flags));
  switch (behavior) {
    case MADV_NORMAL:
      return (flags & ~(VM_RAND_READ | VM_SEQ_READ)) >>> 0;
    case MADV_SEQUENTIAL:
      return ((flags & ~VM_RAND_READ) | VM_SEQ_READ) >>> 0;
    case MADV_RANDOM:
      return ((flags & ~VM_SEQ_READ) | VM_RAND_READ) >>> 0;
    case MADV_DONTFORK:
      return (flags | VM_DONTCOPY) >>> 0;
    case MADV_DOFORK:
      return (flags & VM_IO) !== 0 ? -EINVAL : (flags & ~VM_DONTCOPY) >>> 0;
    case MADV_WIPEONFORK: {
      const private_anon = peek(c, at(vma, vm_area_struct.vm_file)) === NULL && (flags & VM_SHARED) === 0;
      return private_anon ? (flags | VM_WIPEONFORK) >>> 0 : -EINVAL;
    }
    case MADV_KEEPONFORK:
      return (flags & ~VM_WIPEONFORK) >>> 0;
    case MADV_DONTDUMP:
      return (flags | VM_DONTDUMP) >>> 0;
    case MADV_DODUMP:
      return (flags & VM_SPECIAL) !== 0 ? -EINVAL : (flags & ~VM_DONTDUMP) >>> 0;
    case MADV_HUGEPAGE:
    case MADV_NOHUGEPAGE: {
      const error = yield* hugepage_madvise(c, vma, flags, behavior);
      return error !== 0 ? error : c.out >>> 0;
    }
  }
  return -EINVAL;
}

/** Advice that the VMA remembers: it is split, or merged with neighbours of the same kind. */
function* madvise_flags(c: Vcpu, vma: Ptr, prev: Ptr, start: number, end: number, behavior: number): Code<number> {
  const new_flags = yield* new_flags_of(c, vma, behavior);
  const error = new_flags < 0 ? new_flags : yield* madvise_update_vma(c, vma, prev, start, end, new_flags);
  // madvise() may be called again where the kernel was short of memory; -ENOMEM says that a range is not mapped.
  return error === -ENOMEM ? -EAGAIN : error;
}

function* madvise_update_vma(c: Vcpu, vma: Ptr, prev: Ptr, start: number, end: number, new_flags: number): Code<number> {
  c.out = vma;
  if (new_flags === peek(c, at(vma, vm_area_struct.vm_flags))) return 0;
  const target = yield* vma_modify_flags(c, vma, prev, start, end, new_flags);
  if (target < 0) return target;
  yield* vma_start_write(c, target);
  poke(c, at(target, vm_area_struct.vm_flags), new_flags);
  c.out = target;
  return 0;
}

/** What was written to the range is gone: at once, or once the memory is needed. */
function* madvise_dontneed_free(c: Vcpu, vma: Ptr, start: number, end: number, behavior: number): Code<number> {
  const forbidden = behavior === MADV_DONTNEED_LOCKED ? VM_PFNMAP : VM_PFNMAP | VM_LOCKED;
  if ((peek(c, at(vma, vm_area_struct.vm_flags)) & forbidden) !== 0) return -EINVAL;
  if (behavior === MADV_FREE) return yield* madvise_free_single_vma(c, vma, start, end);
  yield* zap_page_range_single(c, vma, start, end - start);
  return 0;
}

function* madvise_populate(c: Vcpu, vma: Ptr, first: number, end: number, write: boolean): Code<number> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  let start = first;
  while (start < end) {
    const now = vma_lookup(c, mm, start);
    if (now === NULL) return -ENOMEM;
    const pages = yield* faultin_vma_page_range(c, now, start, Math.min(end, peek(c, at(now, vm_area_struct.vm_end))), write);
    if (pages === -EINVAL || pages === -EHWPOISON || pages === -EFAULT) return pages;
    if (pages < 0) return -ENOMEM;
    start += pages * 4096;
  }
  return 0;
}

/** A hole is punched into the file; mmap_lock, which its writers take inside their locks, is dropped meanwhile. */
function* madvise_remove(c: Vcpu, vma: Ptr, start: number, end: number): Code<number> {
  const file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  if ((peek(c, at(vma, vm_area_struct.vm_flags)) & VM_LOCKED) !== 0 || file === NULL) return -EINVAL;
  if (!vma_is_shared_maywrite(c, vma)) return -EACCES;
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const offset = start - peek(c, at(vma, vm_area_struct.vm_start)) + peek(c, at(vma, vm_area_struct.vm_pgoff)) * 4096;
  yield* get_file(c, file);
  yield* mmap_read_unlock(c, mm);
  const error = yield* vfs_fallocate(c, file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, end - start);
  yield* fput(c, file);
  yield* mmap_read_lock(c, mm);
  return error;
}
