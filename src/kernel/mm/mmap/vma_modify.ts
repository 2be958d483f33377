// SPDX-License-Identifier: GPL-2.0-only
/**
 * A VMA, or a part of it, is about to get other flags: it becomes one with a neighbour that has them, or is cut out of the rest. Linux v6.6 has these lines
 * in each caller; they are vma_modify() of mm/mmap.c from v6.7 on.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';
import { split_vma } from './split_vma.ts';
import { vma_merge } from './vma_merge.ts';

/**
 * @param prev the VMA before it, or itself if the part does not begin where it does
 * @returns the VMA that is the part now, whose flags are still to be set, or -ENOMEM
 */
export function* vma_modify(c: Vcpu, vma: Ptr, prev: Ptr, start: number, end: number, vm_flags: number, uffd_ctx: Ptr): Code<Ptr> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const first = peek(c, at(vma, vm_area_struct.vm_start));
  const anon_vma = peek(c, at(vma, vm_area_struct.anon_vma)) as Ptr;
  const file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  const pgoff = peek(c, at(vma, vm_area_struct.vm_pgoff)) + ((start - first) >>> 12);
  const merged = yield* vma_merge(c, mm, prev, start, end, vm_flags, anon_vma, file, pgoff, uffd_ctx);
  if (merged !== NULL) return merged;
  const below = start === first ? 0 : yield* split_vma(c, vma, start, true);
  const error = below !== 0 || end === peek(c, at(vma, vm_area_struct.vm_end)) ? below : yield* split_vma(c, vma, end, false);
  return error === 0 ? vma : (error as Ptr);
}

/** The same where who listens to its faults stays. Linux: vma_modify_flags(). */
export function* vma_modify_flags(c: Vcpu, vma: Ptr, prev: Ptr, start: number, end: number, vm_flags: number): Code<Ptr> {
  const uffd_ctx = peek(c, at(vma, vm_area_struct.userfaultfd_ctx)) as Ptr;
  return yield* vma_modify(c, vma, prev, start, end, vm_flags, uffd_ctx);
}
