// SPDX-License-Identifier: GPL-2.0-only
/**
 * A new mapping. Linux v6.6: mm/mmap.c, do_mmap(); mm/util.c, vm_mmap_pgoff(), which mmap(2) comes to.
 * left out: append-only and swap files, mounts without exec, protection keys.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { FMODE_READ, FMODE_WRITE } from '../../include/linux/fs.ts';
import {
  VM_GROWSDOWN,
  VM_LOCKED,
  VM_MAYEXEC,
  VM_MAYREAD,
  VM_MAYSHARE,
  VM_MAYWRITE,
  VM_NORESERVE,
  VM_SHARED,
} from '../../include/linux/mm/vm_flags.ts';
import { mm_struct, file as struct_file } from '../../include/linux/mm_types.ts';
import { calc_vm_flag_bits, calc_vm_prot_bits } from '../../include/linux/mman.ts';
import { mmap_write_lock, mmap_write_unlock } from '../../include/linux/mmap_lock.ts';
import { EACCES, EEXIST, EINVAL, ENOMEM, EOVERFLOW } from '../../include/uapi/asm-generic/errno.ts';
import {
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_NONBLOCK,
  MAP_NORESERVE,
  MAP_POPULATE,
  MAP_PRIVATE,
  MAP_SHARED,
  MAP_TYPE,
  PROT_WRITE,
} from '../../include/uapi/asm-generic/mman.ts';
import { at } from '../../struct.ts';
import { __mm_populate } from '../gup/populate_vma_page_range.ts';
import { find_vma_intersection } from './find_vma.ts';
import { get_unmapped_area, PAGE_ALIGN } from './get_unmapped_area.ts';
import { mmap_region } from './mmap_region.ts';
import { sysctl_max_map_count } from './split_vma.ts';

/** mmap(2): takes the lock, and brings the pages in where that was asked for. @param pgoff in pages @returns an address, or a negative errno */
export function* vm_mmap_pgoff(
  c: Vcpu,
  mm: Ptr,
  file: Ptr,
  addr: number,
  len: number,
  prot: number,
  flags: number,
  pgoff: number,
): Code<number> {
  yield* mmap_write_lock(c, mm);
  const ret = yield* do_mmap(c, mm, file, addr, len, prot, flags, pgoff);
  const populate = c.out;
  yield* mmap_write_unlock(c, mm);
  if (populate !== 0) yield* __mm_populate(c, mm, ret, populate, true);
  return ret;
}

/**
 * The caller holds mmap_lock for writing. @param pgoff in pages
 * @returns an address, or a negative errno; in c.out how many bytes the caller is to populate once it has dropped the lock
 */
export function* do_mmap(c: Vcpu, mm: Ptr, file: Ptr, addr: number, len: number, prot: number, flags: number, pgoff: number): Code<number> {
  c.out = 0;
  if (len === 0) return -EINVAL;
  const length = PAGE_ALIGN(len);
  if (length === 0) return -ENOMEM;
  if (pgoff + (length >>> 12) > 0xffffffff) return -EOVERFLOW;
  if (peek(c, at(mm, mm_struct.map_count)) > sysctl_max_map_count) return -ENOMEM;
  const fixed = (flags & MAP_FIXED_NOREPLACE) !== 0 ? flags | MAP_FIXED : flags;
  const start = get_unmapped_area(c, mm, addr, length, fixed);
  if (start < 0) return start;
  if ((flags & MAP_FIXED_NOREPLACE) !== 0 && find_vma_intersection(c, mm, start, start + length) !== NULL) return -EEXIST;
  const asked = calc_vm_prot_bits(prot) | calc_vm_flag_bits(flags) | peek(c, at(mm, mm_struct.def_flags));
  const typed = flags_of_type(c, file, prot, flags, asked | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC);
  if (typed < 0) return typed;
  const vm_flags = (flags & MAP_NORESERVE) !== 0 ? typed | VM_NORESERVE : typed;
  // Anonymous pages are numbered by their first address, and those of nobody's shared memory from 0.
  const private_anon = (flags & MAP_TYPE) === MAP_PRIVATE ? start >>> 12 : 0;
  const ret = yield* mmap_region(c, mm, file, start, length, vm_flags, file === NULL ? private_anon : pgoff);
  const wanted = (vm_flags & VM_LOCKED) !== 0 || (flags & (MAP_POPULATE | MAP_NONBLOCK)) === MAP_POPULATE;
  c.out = ret >= 0 && wanted ? length : 0;
  return ret;
}

/** What shared and private mean for a file, or for none. @returns flags of the VMA, or a negative errno */
function flags_of_type(c: Vcpu, file: Ptr, prot: number, flags: number, vm_flags: number): number {
  const type = flags & MAP_TYPE;
  const mode = file === NULL ? FMODE_READ | FMODE_WRITE : peek(c, at(file, struct_file.f_mode));
  if (type !== MAP_SHARED && type !== MAP_PRIVATE) return -EINVAL;
  if ((vm_flags & VM_GROWSDOWN) !== 0 && (file !== NULL || type === MAP_SHARED)) return -EINVAL;
  if (type === MAP_SHARED && (prot & PROT_WRITE) !== 0 && (mode & FMODE_WRITE) === 0) return -EACCES;
  if ((mode & FMODE_READ) === 0) return -EACCES;
  if (type === MAP_PRIVATE) return vm_flags;
  const shared = vm_flags | VM_SHARED | VM_MAYSHARE;
  return (mode & FMODE_WRITE) === 0 ? shared & ~(VM_MAYWRITE | VM_SHARED) : shared;
}
