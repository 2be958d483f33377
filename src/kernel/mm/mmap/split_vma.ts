// SPDX-License-Identifier: GPL-2.0-only
/**
 * One VMA becomes two. Linux v6.6: mm/mmap.c, split_vma(), __split_vma().
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { get_file } from '../../fs/file_table/fput.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { vm_area_dup, vm_area_free } from '../../kernel/fork/vm_area_alloc.ts';
import { at } from '../../struct.ts';
import { vma_adjust_trans_huge } from '../huge_memory/__split_huge_pmd.ts';
import { anon_vma_clone } from '../rmap/anon_vma_clone.ts';
import { init_multi_vma_prep, vma_complete, vma_prepare } from './vma_prepare.ts';

/** vm.max_map_count. */
export const sysctl_max_map_count = 65530;

/** Linux v6.6: split_vma(). @returns 0 or -ENOMEM; the new VMA is the one below `addr` if new_below, else the one above */
export function* split_vma(c: Vcpu, vma: Ptr, addr: number, new_below: boolean): Code<number> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  if (peek(c, at(mm, mm_struct.map_count)) >= sysctl_max_map_count) return -ENOMEM;
  return yield* __split_vma(c, vma, addr, new_below);
}

/** The same without a look at the number of VMAs: for munmap, which goes above it for a moment. */
export function* __split_vma(c: Vcpu, vma: Ptr, addr: number, new_below: boolean): Code<number> {
  const inserted = yield* vm_area_dup(c, vma);
  if (inserted === NULL) return -ENOMEM;
  const start = peek(c, at(vma, vm_area_struct.vm_start));
  const pgoff = peek(c, at(vma, vm_area_struct.vm_pgoff)) + ((addr - start) >>> 12);
  if (new_below) poke(c, at(inserted, vm_area_struct.vm_end), addr);
  else {
    poke(c, at(inserted, vm_area_struct.vm_start), addr);
    poke(c, at(inserted, vm_area_struct.vm_pgoff), pgoff);
  }
  const err = yield* anon_vma_clone(c, inserted, vma);
  if (err !== 0) {
    yield* vm_area_free(c, inserted);
    return err;
  }
  const file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  if (file !== NULL) yield* get_file(c, file);
  yield* vma_start_write(c, vma);
  yield* vma_start_write(c, inserted);
  const vp = init_multi_vma_prep(c, vma, NULL, NULL, NULL);
  vp.insert = inserted;
  yield* vma_prepare(c, vp);
  yield* vma_adjust_trans_huge(c, vma, start, addr, 0);
  if (new_below) {
    poke(c, at(vma, vm_area_struct.vm_start), addr);
    poke(c, at(vma, vm_area_struct.vm_pgoff), pgoff);
  } else poke(c, at(vma, vm_area_struct.vm_end), addr);
  yield* vma_complete(c, vp, peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr);
  return 0;
}
