// SPDX-License-Identifier: GPL-2.0-only
/**
 * A VMA's places in its address space and among the VMAs of its file. Linux v6.6: mm/mmap.c, vma_link(), __vma_link_file(),
 * __remove_shared_vm_struct(), unlink_file_vma(); mm/util.c, __vma_link_list(), __vma_unlink_list() (until v6.0).
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mapping_allow_writable, mapping_unmap_writable } from '../../include/linux/fs/i_mmap_writable.ts';
import { file_mapping } from '../../include/linux/fs.ts';
import { VM_MAYWRITE, VM_SHARED } from '../../include/linux/mm/vm_flags.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';
import { i_mmap_lock_write, i_mmap_unlock_write, vma_interval_tree_insert, vma_interval_tree_remove } from '../interval_tree/i_mmap.ts';
import { find_vma_prev } from './find_vma.ts';

const nextLink = (mm: Ptr, vma: Ptr): Ptr => (vma === NULL ? at(mm, mm_struct.mmap) : at(vma, vm_area_struct.vm_next));

/** Behind `prev`, or first. The caller holds mmap_lock for writing, as for all of these. */
export function __vma_link_list(c: Vcpu, mm: Ptr, vma: Ptr, prev: Ptr): void {
  const link = nextLink(mm, prev);
  const next = peek(c, link) as Ptr;
  poke(c, at(vma, vm_area_struct.vm_prev), prev);
  poke(c, at(vma, vm_area_struct.vm_next), next);
  poke(c, link, vma);
  if (next !== NULL) poke(c, at(next, vm_area_struct.vm_prev), vma);
}

/** The VMAs from `first` to `last` leave together, and stay linked to each other. */
export function __vma_unlink_list(c: Vcpu, mm: Ptr, first: Ptr, last: Ptr): void {
  const prev = peek(c, at(first, vm_area_struct.vm_prev)) as Ptr;
  const next = peek(c, at(last, vm_area_struct.vm_next)) as Ptr;
  poke(c, nextLink(mm, prev), next);
  if (next !== NULL) poke(c, at(next, vm_area_struct.vm_prev), prev);
  poke(c, at(first, vm_area_struct.vm_prev), NULL);
  poke(c, at(last, vm_area_struct.vm_next), NULL);
}

/** Where its address belongs. */
export function vma_iter_store(c: Vcpu, mm: Ptr, vma: Ptr): void {
  find_vma_prev(c, mm, peek(c, at(vma, vm_area_struct.vm_start)));
  __vma_link_list(c, mm, vma, c.out as Ptr);
}

export function vma_is_shared_maywrite(c: Vcpu, vma: Ptr): boolean {
  const both = VM_SHARED | VM_MAYWRITE;
  return (peek(c, at(vma, vm_area_struct.vm_flags)) & both) === both;
}

/** With i_mmap_rwsem held for writing. */
export function* __vma_link_file(c: Vcpu, vma: Ptr, mapping: Ptr): Code {
  if (vma_is_shared_maywrite(c, vma)) yield* mapping_allow_writable(c, mapping);
  vma_interval_tree_insert(c, mapping, vma);
}

/** With i_mmap_rwsem held for writing. */
export function* __remove_shared_vm_struct(c: Vcpu, vma: Ptr, mapping: Ptr): Code {
  if (vma_is_shared_maywrite(c, vma)) yield* mapping_unmap_writable(c, mapping);
  vma_interval_tree_remove(c, mapping, vma);
}

/** From here on a walk of the file's VMAs does not find it any more. */
export function* unlink_file_vma(c: Vcpu, vma: Ptr): Code {
  const file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  if (file === NULL) return;
  const mapping = file_mapping(c, file);
  yield* i_mmap_lock_write(c, mapping);
  yield* __remove_shared_vm_struct(c, vma, mapping);
  yield* i_mmap_unlock_write(c, mapping);
}

export function* vma_link(c: Vcpu, mm: Ptr, vma: Ptr): Code {
  const file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  if (file === NULL) vma_iter_store(c, mm, vma);
  else {
    const mapping = file_mapping(c, file);
    yield* i_mmap_lock_write(c, mapping);
    vma_iter_store(c, mm, vma);
    yield* __vma_link_file(c, vma, mapping);
    yield* i_mmap_unlock_write(c, mapping);
  }
  poke(c, at(mm, mm_struct.map_count), peek(c, at(mm, mm_struct.map_count)) + 1);
}
