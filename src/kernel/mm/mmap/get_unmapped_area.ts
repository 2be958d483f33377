// SPDX-License-Identifier: GPL-2.0-only
/**
 * A place for a new mapping. Linux v6.6: mm/mmap.c, get_unmapped_area(), arch_get_unmapped_area_topdown().
 * left out: randomisation, rlimits, mmap_min_addr, places aligned for huge pages (shmem_get_unmapped_area()). The stack lies above mmap_base.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { EINVAL, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { MAP_FIXED } from '../../include/uapi/asm-generic/mman.ts';
import { at } from '../../struct.ts';
import { find_vma_intersection } from './find_vma.ts';

/** VMSPLIT_3G: the kernel has the uppermost gigabyte. */
export const TASK_SIZE = 0xc0000000;
/** 8 MiB of stack, and the gap that goes with it. */
const mmap_base = 0xb7800000;

/** Up to whole pages; 0 where that overflows. */
export const PAGE_ALIGN = (n: number): number => ((n + 4095) & ~4095) >>> 0;

/** @returns an address, or a negative errno */
export function get_unmapped_area(c: Vcpu, mm: Ptr, addr: number, len: number, flags: number): number {
  if (len > TASK_SIZE) return -ENOMEM;
  if ((flags & MAP_FIXED) !== 0) {
    if (addr > TASK_SIZE - len) return -ENOMEM;
    return addr % 4096 !== 0 ? -EINVAL : addr;
  }
  const hint = PAGE_ALIGN(addr);
  if (hint !== 0 && hint <= TASK_SIZE - len && find_vma_intersection(c, mm, hint, hint + len) === NULL) return hint;
  // From the top down: below mmap_base, else below the VMA that is in the way.
  let end = mmap_base;
  while (end >= len) {
    const vma = find_vma_intersection(c, mm, end - len, end);
    if (vma === NULL) return end - len;
    end = peek(c, at(vma, vm_area_struct.vm_start));
  }
  return -ENOMEM;
}
