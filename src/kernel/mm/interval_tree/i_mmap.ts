// SPDX-License-Identifier: GPL-2.0-only
/**
 * The VMAs that map a file. Linux v6.6: mm/interval_tree.c, vma_interval_tree_insert(), _insert_after(), _remove(), vma_interval_tree_foreach();
 * include/linux/fs.h, i_mmap_lock_read().
 * A list by page offset stands in for the tree: the order of visits is the same, and the trees here have few nodes.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { address_space, vm_area_struct } from '../../include/linux/mm_types.ts';
import { down_read, down_read_trylock, down_write, up_read, up_write } from '../../kernel/locking/rwsem.ts';
import { at } from '../../struct.ts';

export function* i_mmap_lock_read(c: Vcpu, mapping: Ptr): Code {
  yield* down_read(c, at(mapping, address_space.i_mmap_rwsem));
}

/** @returns whether it is held now */
export function* i_mmap_trylock_read(c: Vcpu, mapping: Ptr): Code<boolean> {
  return yield* down_read_trylock(c, at(mapping, address_space.i_mmap_rwsem));
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

/** The page offset behind a VMA's last one. */
export const vma_end_pgoff = (c: Vcpu, vma: Ptr): number =>
  peek(c, at(vma, vm_area_struct.vm_pgoff)) +
  ((peek(c, at(vma, vm_area_struct.vm_end)) - peek(c, at(vma, vm_area_struct.vm_start))) >>> 12);

/**
 * The next VMA after `vma` (NULL: the first one) that contains a page offset of first to last. The caller holds i_mmap_rwsem.
 */
export function vma_interval_tree_iter_next(c: Vcpu, mapping: Ptr, vma: Ptr, first: number, last: number = first): Ptr {
  let next = peek(c, vma === NULL ? at(mapping, address_space.i_mmap) : at(vma, vm_area_struct.shared_next)) as Ptr;
  while (next !== NULL && first >= vma_end_pgoff(c, next)) next = peek(c, at(next, vm_area_struct.shared_next)) as Ptr;
  return next !== NULL && peek(c, at(next, vm_area_struct.vm_pgoff)) <= last ? next : NULL;
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

/** Right behind a VMA with the same first page: a child's copy. With i_mmap_rwsem held for writing. */
export function vma_interval_tree_insert_after(c: Vcpu, vma: Ptr, prev: Ptr): void {
  poke(c, at(vma, vm_area_struct.shared_next), peek(c, at(prev, vm_area_struct.shared_next)));
  poke(c, at(prev, vm_area_struct.shared_next), vma);
}

/** With i_mmap_rwsem held for writing, by fields of the VMA that are still what they were when it was inserted. */
export function vma_interval_tree_remove(c: Vcpu, mapping: Ptr, vma: Ptr): void {
  let link = at(mapping, address_space.i_mmap);
  while (peek(c, link) !== vma) link = at(peek(c, link) as Ptr, vm_area_struct.shared_next);
  poke(c, link, peek(c, at(vma, vm_area_struct.shared_next)));
  poke(c, at(vma, vm_area_struct.shared_next), NULL);
}

/** Address at which a VMA maps a page offset of its file. */
export const vma_address = (c: Vcpu, vma: Ptr, pgoff: number): number =>
  (peek(c, at(vma, vm_area_struct.vm_start)) + ((pgoff - peek(c, at(vma, vm_area_struct.vm_pgoff))) << 12)) >>> 0;
