// SPDX-License-Identifier: GPL-2.0-only
/**
 * Mappings go away. Linux v6.6: mm/mmap.c, do_vmi_munmap(), do_vmi_align_munmap(), do_munmap(), vm_munmap().
 * left out: the lock is kept for writing to the end; Linux goes on with it for reading once the VMAs are gone.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { VM_LOCKED } from '../../include/linux/mm/vm_flags.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_write_lock, mmap_write_unlock } from '../../include/linux/mmap_lock.ts';
import { EINVAL, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { at } from '../../struct.ts';
import { find_vma_intersection, vma_pages } from './find_vma.ts';
import { PAGE_ALIGN, TASK_SIZE } from './get_unmapped_area.ts';
import { __split_vma, sysctl_max_map_count } from './split_vma.ts';
import { remove_vma, unmap_region, vm_stat_account } from './unmap_region.ts';
import { __vma_unlink_list } from './vma_link.ts';

/** munmap(2). @returns 0, -EINVAL or -ENOMEM */
export function* vm_munmap(c: Vcpu, mm: Ptr, start: number, len: number): Code<number> {
  yield* mmap_write_lock(c, mm);
  const ret = yield* do_munmap(c, mm, start, len);
  yield* mmap_write_unlock(c, mm);
  return ret;
}

/** The caller holds mmap_lock for writing. @returns 0, -EINVAL or -ENOMEM */
export function* do_munmap(c: Vcpu, mm: Ptr, start: number, len: number): Code<number> {
  if (start % 4096 !== 0 || start > TASK_SIZE || len > TASK_SIZE - start) return -EINVAL;
  const end = start + PAGE_ALIGN(len);
  if (end === start) return -EINVAL;
  const vma = find_vma_intersection(c, mm, start, end);
  return vma === NULL ? 0 : yield* do_vmi_align_munmap(c, mm, vma, start, end);
}

/** `vma`: the first that has an address of the range. */
function* do_vmi_align_munmap(c: Vcpu, mm: Ptr, vma: Ptr, start: number, end: number): Code<number> {
  if (start > peek(c, at(vma, vm_area_struct.vm_start))) {
    const hole = end < peek(c, at(vma, vm_area_struct.vm_end));
    if (hole && peek(c, at(mm, mm_struct.map_count)) >= sysctl_max_map_count) return -ENOMEM;
    const err = yield* __split_vma(c, vma, start, true);
    if (err !== 0) return err;
  }
  let last: Ptr = NULL;
  let count = 0;
  let locked = 0;
  for (let next = vma; next !== NULL && peek(c, at(next, vm_area_struct.vm_start)) < end; next = vm_next(c, next)) {
    if (peek(c, at(next, vm_area_struct.vm_end)) > end) {
      const err = yield* __split_vma(c, next, end, false);
      if (err !== 0) return err;
    }
    yield* vma_start_write(c, next);
    last = next;
    count++;
    if ((peek(c, at(next, vm_area_struct.vm_flags)) & VM_LOCKED) !== 0) locked += vma_pages(c, next);
  }
  const prev = peek(c, at(vma, vm_area_struct.vm_prev)) as Ptr;
  const next = vm_next(c, last);
  __vma_unlink_list(c, mm, vma, last);
  poke(c, at(mm, mm_struct.locked_vm), peek(c, at(mm, mm_struct.locked_vm)) - locked);
  poke(c, at(mm, mm_struct.map_count), peek(c, at(mm, mm_struct.map_count)) - count);
  yield* unmap_region(c, mm, vma, prev, next, start, end);
  let gone = vma;
  while (gone !== NULL) {
    vm_stat_account(c, mm, -vma_pages(c, gone));
    gone = yield* remove_vma(c, gone);
  }
  return 0;
}

const vm_next = (c: Vcpu, vma: Ptr): Ptr => peek(c, at(vma, vm_area_struct.vm_next)) as Ptr;
