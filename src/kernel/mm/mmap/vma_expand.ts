// SPDX-License-Identifier: GPL-2.0-only
/**
 * A VMA grows, perhaps over the whole of the next one. Linux v6.6: mm/mmap.c, vma_expand().
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';
import { vma_adjust_trans_huge } from '../huge_memory/__split_huge_pmd.ts';
import { dup_anon_vma } from './vma_merge.ts';
import { init_multi_vma_prep, vma_complete, vma_prepare } from './vma_prepare.ts';

/** @returns 0 or -ENOMEM */
export function* vma_expand(c: Vcpu, vma: Ptr, start: number, end: number, pgoff: number, next: Ptr): Code<number> {
  const swallow = next !== NULL && next !== vma && end === peek(c, at(next, vm_area_struct.vm_end));
  yield* vma_start_write(c, vma);
  if (swallow) {
    yield* vma_start_write(c, next);
    const err = yield* dup_anon_vma(c, vma, next);
    if (err !== 0) return err;
  }
  const vp = init_multi_vma_prep(c, vma, NULL, swallow ? next : NULL, NULL);
  yield* vma_prepare(c, vp);
  yield* vma_adjust_trans_huge(c, vma, start, end, 0);
  poke(c, at(vma, vm_area_struct.vm_start), start);
  poke(c, at(vma, vm_area_struct.vm_end), end);
  poke(c, at(vma, vm_area_struct.vm_pgoff), pgoff);
  yield* vma_complete(c, vp, peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr);
  return 0;
}
