// SPDX-License-Identifier: GPL-2.0-only
/**
 * mremap(2). Linux v6.6: mm/mremap.c, SYSCALL_DEFINE5(mremap), mremap_to(), vma_to_resize(), vma_expandable().
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { VM_ACCOUNT, VM_DONTEXPAND, VM_LOCKED, VM_MAYSHARE, VM_PFNMAP, VM_SHARED } from '../../include/linux/mm/vm_flags.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_write_lock, mmap_write_unlock } from '../../include/linux/mmap_lock.ts';
import { EFAULT, EINVAL, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { MAP_FIXED, MREMAP_DONTUNMAP, MREMAP_FIXED, MREMAP_MAYMOVE } from '../../include/uapi/asm-generic/mman.ts';
import { at } from '../../struct.ts';
import { __mm_populate } from '../gup/populate_vma_page_range.ts';
import { do_munmap } from '../mmap/do_munmap.ts';
import { find_vma_intersection, vma_lookup } from '../mmap/find_vma.ts';
import { get_unmapped_area, PAGE_ALIGN, TASK_SIZE } from '../mmap/get_unmapped_area.ts';
import { sysctl_max_map_count } from '../mmap/split_vma.ts';
import { vm_stat_account } from '../mmap/unmap_region.ts';
import { vma_merge } from '../mmap/vma_merge.ts';
import { security_vm_enough_memory_mm, vm_unacct_memory } from '../util/__vm_enough_memory.ts';
import { move_vma } from './move_vma.ts';

/** Takes mmap_lock. @returns the new address, or a negative errno */
export function* do_mremap(
  c: Vcpu,
  mm: Ptr,
  addr: number,
  old_size: number,
  new_size: number,
  flags: number,
  new_addr: number,
): Code<number> {
  const old_len = PAGE_ALIGN(old_size);
  const new_len = PAGE_ALIGN(new_size);
  if ((flags & ~(MREMAP_FIXED | MREMAP_MAYMOVE | MREMAP_DONTUNMAP)) !== 0) return -EINVAL;
  if ((flags & MREMAP_FIXED) !== 0 && (flags & MREMAP_MAYMOVE) === 0) return -EINVAL;
  if ((flags & MREMAP_DONTUNMAP) !== 0 && ((flags & MREMAP_MAYMOVE) === 0 || old_size !== new_size)) return -EINVAL;
  if (addr % 4096 !== 0 || new_len === 0) return -EINVAL;
  yield* mmap_write_lock(c, mm);
  let ret = -EFAULT;
  c.out = 0;
  if (vma_lookup(c, mm, addr) !== NULL) {
    if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) !== 0) ret = yield* mremap_to(c, mm, addr, old_len, new_addr, new_len, flags);
    else if (old_len >= new_len) {
      const error = old_len === new_len ? 0 : yield* do_munmap(c, mm, addr + new_len, old_len - new_len);
      ret = error < 0 ? error : addr;
      c.out = 0;
    } else ret = yield* grow(c, mm, addr, old_len, new_len, flags);
  }
  const populate = ret >= 0 && c.out !== 0 && new_len > old_len;
  yield* mmap_write_unlock(c, mm);
  if (populate) yield* __mm_populate(c, mm, ret + old_len, new_len - old_len, true);
  return ret;
}

/** @returns the VMA of the range, or a negative errno */
function vma_to_resize(c: Vcpu, mm: Ptr, addr: number, old_len: number, new_len: number, flags: number): Ptr {
  const vma = vma_lookup(c, mm, addr);
  if (vma === NULL) return -EFAULT as Ptr;
  const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
  if (old_len === 0 && (vm_flags & (VM_SHARED | VM_MAYSHARE)) === 0) return -EINVAL as Ptr; // a private mapping is not doubled
  const fixed = (vm_flags & (VM_DONTEXPAND | VM_PFNMAP)) !== 0;
  if ((flags & MREMAP_DONTUNMAP) !== 0 && fixed) return -EINVAL as Ptr;
  if (old_len > peek(c, at(vma, vm_area_struct.vm_end)) - addr) return -EFAULT as Ptr;
  return new_len !== old_len && fixed ? (-EFAULT as Ptr) : vma;
}

function* mremap_to(c: Vcpu, mm: Ptr, addr: number, size: number, new_addr: number, new_len: number, flags: number): Code<number> {
  let old_len = size;
  if (new_addr % 4096 !== 0 || new_len > TASK_SIZE || new_addr > TASK_SIZE - new_len) return -EINVAL;
  if (addr + old_len > new_addr && new_addr + new_len > addr) return -EINVAL; // they overlap
  if (peek(c, at(mm, mm_struct.map_count)) + 2 >= sysctl_max_map_count - 3) return -ENOMEM;
  const fixed = (flags & MREMAP_FIXED) !== 0;
  if (fixed) {
    const error = yield* do_munmap(c, mm, new_addr, new_len);
    if (error !== 0) return error;
  }
  if (old_len > new_len) {
    const error = yield* do_munmap(c, mm, addr + new_len, old_len - new_len);
    if (error !== 0) return error;
    old_len = new_len;
  }
  const vma = vma_to_resize(c, mm, addr, old_len, new_len, flags);
  if (vma < 0) return vma;
  const to = get_unmapped_area(c, mm, new_addr, new_len, fixed ? MAP_FIXED : 0);
  return to < 0 ? to : yield* move_vma(c, mm, vma, addr, old_len, new_len, to, flags);
}

/** In place if nothing is in the way, else elsewhere. */
function* grow(c: Vcpu, mm: Ptr, addr: number, old_len: number, new_len: number, flags: number): Code<number> {
  const vma = vma_to_resize(c, mm, addr, old_len, new_len, flags);
  if (vma < 0) return vma;
  const end = peek(c, at(vma, vm_area_struct.vm_end));
  const more = new_len - old_len;
  if (addr + old_len === end && end + more <= TASK_SIZE && find_vma_intersection(c, mm, end, end + more) === NULL)
    return yield* grow_in_place(c, mm, vma, addr, more);
  if ((flags & MREMAP_MAYMOVE) === 0) return -ENOMEM;
  const to = get_unmapped_area(c, mm, 0, new_len, 0);
  return to < 0 ? to : yield* move_vma(c, mm, vma, addr, old_len, new_len, to, flags);
}

function* grow_in_place(c: Vcpu, mm: Ptr, vma: Ptr, addr: number, more: number): Code<number> {
  const pages = more >>> 12;
  const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
  const start = peek(c, at(vma, vm_area_struct.vm_start));
  const end = peek(c, at(vma, vm_area_struct.vm_end));
  const charged = (vm_flags & VM_ACCOUNT) !== 0 ? pages : 0;
  if (security_vm_enough_memory_mm(c, charged) !== 0) return -ENOMEM;
  const anon_vma = peek(c, at(vma, vm_area_struct.anon_vma)) as Ptr;
  const file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  const pgoff = peek(c, at(vma, vm_area_struct.vm_pgoff)) + ((end - start) >>> 12);
  const uffd_ctx = peek(c, at(vma, vm_area_struct.userfaultfd_ctx)) as Ptr;
  if ((yield* vma_merge(c, mm, vma, end, end + more, vm_flags, anon_vma, file, pgoff, uffd_ctx)) === NULL) {
    vm_unacct_memory(c, charged);
    return -ENOMEM;
  }
  vm_stat_account(c, mm, pages);
  c.out = 0;
  if ((vm_flags & VM_LOCKED) !== 0) {
    poke(c, at(mm, mm_struct.locked_vm), peek(c, at(mm, mm_struct.locked_vm)) + pages);
    c.out = 1;
  }
  return addr;
}
