// SPDX-License-Identifier: GPL-2.0-only
/**
 * The VMAs that map a file. Linux v6.6: mm/interval_tree.c, vma_interval_tree_foreach(); include/linux/fs.h, i_mmap_lock_read().
 * A list by page offset stands in for the tree: the order of visits is the same, and the trees here have a handful of nodes.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { address_space, vm_area_struct } from '../../include/linux/mm_types.ts';
import { down_read, down_write, up_read, up_write } from '../../kernel/locking/rwsem.ts';
import { at } from '../../struct.ts';

export function* i_mmap_lock_read(c: Vcpu, mapping: Ptr): Code {
  yield* down_read(c, at(mapping, address_space.i_mmap_rwsem));
}

export function* i_mmap_unlock_read(c: Vcpu, mapping: Ptr): Code {
  yield* up_read(c, at(mapping, address_space.i_mmap_rwsem));
}

export function* i_mmap_lock_write(c: Vcpu, mapping: Ptr): Code {
  yield* down_write(c, at(mapping, address_space.i_mmap_rwsem));
}

export function* i_mmap_unlock_write(c: Vcpu, mapping: Ptr): Code {
  yield* up_write(c, at(mapping, address_space.i_mmap_rwsem));
}

const covers = (c: Vcpu, vma: Ptr, pgoff: number): boolean => {
  const first = peek(c, at(vma, vm_area_struct.vm_pgoff));
  const pages = (peek(c, at(vma, vm_area_struct.vm_end)) - peek(c, at(vma, vm_area_struct.vm_start))) >>> 12;
  return pgoff >= first && pgoff < first + pages;
};

/** The next VMA after `vma` (NULL: the first one) that contains the page offset. The caller holds i_mmap_rwsem. */
export function vma_interval_tree_iter_next(c: Vcpu, mapping: Ptr, vma: Ptr, pgoff: number): Ptr {
  let next = peek(c, vma === NULL ? at(mapping, address_space.i_mmap) : at(vma, vm_area_struct.shared_next)) as Ptr;
  while (next !== NULL && !covers(c, next, pgoff)) next = peek(c, at(next, vm_area_struct.shared_next)) as Ptr;
  return next;
}

/** Set-up, or with i_mmap_rwsem held for writing. */
export function vma_interval_tree_insert(c: Vcpu, mapping: Ptr, vma: Ptr): void {
  const pgoff = peek(c, at(vma, vm_area_struct.vm_pgoff));
  let link = at(mapping, address_space.i_mmap);
  let next = peek(c, link) as Ptr;
  while (next !== NULL && peek(c, at(next, vm_area_struct.vm_pgoff)) <= pgoff) {
    link = at(next, vm_area_struct.shared_next);
    next = peek(c, link) as Ptr;
  }
  poke(c, at(vma, vm_area_struct.shared_next), next);
  poke(c, link, vma);
}

/** Address at which a VMA maps a page offset of its file. */
export const vma_address = (c: Vcpu, vma: Ptr, pgoff: number): number =>
  (peek(c, at(vma, vm_area_struct.vm_start)) + ((pgoff - peek(c, at(vma, vm_area_struct.vm_pgoff))) << 12)) >>> 0;
