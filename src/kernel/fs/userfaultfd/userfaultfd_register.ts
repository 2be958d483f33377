// SPDX-License-Identifier: GPL-2.0-only
/**
 * UFFDIO_REGISTER and UFFDIO_UNREGISTER. Linux v6.6: fs/userfaultfd.c, userfaultfd_register(), userfaultfd_unregister(),
 * userfaultfd_release(), userfaultfd_set_vm_flags(); include/linux/userfaultfd_k.h, vma_can_userfault().
 * Write-protect and minor mode do not exist on 32-bit x86: -EINVAL, unless the configuration says that they do.
 */
import { peek, poke, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { __VM_UFFD_FLAGS, VM_MAYWRITE, VM_UFFD_MINOR, VM_UFFD_MISSING, VM_UFFD_WP } from '../../include/linux/mm/vm_flags.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_write_lock, mmap_write_unlock } from '../../include/linux/mmap_lock.ts';
import { vma_is_shmem } from '../../include/linux/shmem_fs.ts';
import { EBUSY, EINVAL, ENOMEM, EPERM } from '../../include/uapi/asm-generic/errno.ts';
import { mmget_not_zero, mmput } from '../../kernel/fork/mmput.ts';
import { kernelOf } from '../../kernel.ts';
import { find_vma, find_vma_prev, vma_is_anonymous } from '../../mm/mmap/find_vma.ts';
import { TASK_SIZE } from '../../mm/mmap/get_unmapped_area.ts';
import { vma_modify } from '../../mm/mmap/vma_modify.ts';
import { at } from '../../struct.ts';
import { new_userfaultfd, userfaultfd_ctx, userfaultfd_ctx_put, wake_userfault } from './userfaultfd_ctx.ts';

export const UFFDIO_REGISTER_MODE_MISSING = 1;
export const UFFDIO_REGISTER_MODE_WP = 2;
export const UFFDIO_REGISTER_MODE_MINOR = 4;

const field = (c: Vcpu, vma: Ptr, offset: number): number => peek(c, at(vma, offset));
const nextOf = (c: Vcpu, vma: Ptr): Ptr => field(c, vma, vm_area_struct.vm_next) as Ptr;

/** What the mode asks for as VM_UFFD_*, or a negative errno. */
function flagsOf(c: Vcpu, mode: number): number {
  const others = UFFDIO_REGISTER_MODE_WP | UFFDIO_REGISTER_MODE_MINOR;
  if (mode === 0 || (mode & ~(UFFDIO_REGISTER_MODE_MISSING | others)) !== 0) return -EINVAL;
  if ((mode & others) !== 0 && kernelOf(c).config.uffdWp !== true) return -EINVAL;
  return (
    ((mode & UFFDIO_REGISTER_MODE_MISSING) !== 0 ? VM_UFFD_MISSING : 0) |
    ((mode & UFFDIO_REGISTER_MODE_WP) !== 0 ? VM_UFFD_WP : 0) |
    ((mode & UFFDIO_REGISTER_MODE_MINOR) !== 0 ? VM_UFFD_MINOR : 0)
  );
}

function validate_range(start: number, len: number): number {
  if (start % 4096 !== 0 || len % 4096 !== 0 || len <= 0 || start >= TASK_SIZE || len > TASK_SIZE - start) return -EINVAL;
  return 0;
}

/** Minor faults are of shmem alone. */
const vma_can_userfault = (c: Vcpu, vma: Ptr, flags: number): boolean =>
  (flags & VM_UFFD_MINOR) !== 0 ? vma_is_shmem(c, vma) : vma_is_anonymous(c, vma) || vma_is_shmem(c, vma);

/**
 * @param ctx of userfaultfd(2), or NULL: a new one
 * @param mode UFFDIO_REGISTER_MODE_*
 * @returns 0 or a negative errno
 */
export function* userfaultfd_register(c: Vcpu, mm: Ptr, ctx: Ptr, start: number, len: number, mode: number): Code<number> {
  const flags = flagsOf(c, mode);
  if (flags < 0) return flags;
  if (validate_range(start, len) !== 0) return -EINVAL;
  const fd = ctx === NULL ? yield* new_userfaultfd(c, mm) : ctx;
  if (fd === NULL) return -ENOMEM;
  yield* mmap_write_lock(c, mm);
  let ret = check(c, mm, fd, start, start + len, flags);
  if (ret === 0) ret = yield* set_range(c, mm, fd, start, start + len, flags);
  yield* mmap_write_unlock(c, mm);
  return ret;
}

/** May every VMA of the range be registered? */
function check(c: Vcpu, mm: Ptr, ctx: Ptr, start: number, end: number, flags: number): number {
  let vma = find_vma(c, mm, start);
  if (vma === NULL) return -ENOMEM;
  if (field(c, vma, vm_area_struct.vm_start) >= end) return -EINVAL;
  for (; vma !== NULL && field(c, vma, vm_area_struct.vm_start) < end; vma = nextOf(c, vma)) {
    if (!vma_can_userfault(c, vma, flags)) return -EINVAL;
    if ((field(c, vma, vm_area_struct.vm_flags) & VM_MAYWRITE) === 0) return -EPERM;
    const other = field(c, vma, vm_area_struct.userfaultfd_ctx);
    if (other !== NULL && other !== ctx) return -EBUSY;
  }
  return 0;
}

/** @param ctx NULL and flags 0 to unregister */
function* set_range(c: Vcpu, mm: Ptr, ctx: Ptr, from: number, end: number, flags: number): Code<number> {
  let vma = find_vma_prev(c, mm, from);
  let prev = field(c, vma, vm_area_struct.vm_start) < from ? vma : (c.out as Ptr);
  while (vma !== NULL && field(c, vma, vm_area_struct.vm_start) < end) {
    const vm_flags = field(c, vma, vm_area_struct.vm_flags);
    if (field(c, vma, vm_area_struct.userfaultfd_ctx) !== ctx || (vm_flags & __VM_UFFD_FLAGS) !== flags) {
      vma = yield* set_vma(c, vma, prev, Math.max(from, field(c, vma, vm_area_struct.vm_start)), end, ctx, flags);
      if (vma < 0) return vma;
    }
    prev = vma;
    vma = nextOf(c, vma);
  }
  return 0;
}

/** One VMA, or the part of it that lies in the range. @returns the VMA that has the flags now, or a negative errno */
function* set_vma(c: Vcpu, vma: Ptr, prev: Ptr, start: number, range_end: number, ctx: Ptr, flags: number): Code<Ptr> {
  const end = Math.min(range_end, field(c, vma, vm_area_struct.vm_end));
  const new_flags = ((field(c, vma, vm_area_struct.vm_flags) & ~__VM_UFFD_FLAGS) | flags) >>> 0;
  const target = yield* vma_modify(c, vma, prev, start, end, new_flags, ctx);
  if (target < 0) return target;
  yield* vma_start_write(c, target);
  poke(c, at(target, vm_area_struct.vm_flags), new_flags);
  poke(c, at(target, vm_area_struct.userfaultfd_ctx), ctx);
  return target;
}

/** UFFDIO_UNREGISTER: whoever waits in the range takes the fault again. @returns 0 or a negative errno */
export function* userfaultfd_unregister(c: Vcpu, mm: Ptr, ctx: Ptr, start: number, len: number): Code<number> {
  if (validate_range(start, len) !== 0) return -EINVAL;
  yield* mmap_write_lock(c, mm);
  const vma = find_vma(c, mm, start);
  const ret =
    vma === NULL || field(c, vma, vm_area_struct.vm_start) >= start + len ? -EINVAL : yield* set_range(c, mm, NULL, start, start + len, 0);
  yield* mmap_write_unlock(c, mm);
  if (ret === 0) yield* wake_userfault(c, ctx, start, len);
  return ret;
}

/** The last close of the descriptor: nobody answers any more, so the faults that wait are taken again and served as usual. */
export function* userfaultfd_release(c: Vcpu, ctx: Ptr): Code {
  const mm = field(c, ctx, userfaultfd_ctx.mm) as Ptr;
  yield* store(c, at(ctx, userfaultfd_ctx.released), 1);
  if (yield* mmget_not_zero(c, mm)) {
    yield* mmap_write_lock(c, mm);
    let prev = NULL;
    for (let vma = find_vma(c, mm, 0); vma !== NULL; vma = nextOf(c, vma)) {
      if (field(c, vma, vm_area_struct.userfaultfd_ctx) === ctx)
        vma = yield* set_vma(c, vma, prev, field(c, vma, vm_area_struct.vm_start), TASK_SIZE, NULL, 0);
      if (vma < 0) break;
      prev = vma;
    }
    yield* mmap_write_unlock(c, mm);
    yield* mmput(c, mm);
  }
  yield* wake_userfault(c, ctx, 0, TASK_SIZE);
  yield* userfaultfd_ctx_put(c, ctx);
}
