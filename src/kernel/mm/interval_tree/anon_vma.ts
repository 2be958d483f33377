// SPDX-License-Identifier: GPL-2.0-only
/**
 * The VMAs that may map pages of an anon_vma. Linux v6.6: mm/interval_tree.c, anon_vma_interval_tree_insert(), _remove(),
 * anon_vma_interval_tree_foreach(); mm/mmap.c, anon_vma_interval_tree_pre_update_vma(), _post_update_vma().
 * A list by page offset stands in for the tree, as in i_mmap.ts. The caller holds the root's rwsem.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { anon_vma, anon_vma_chain, vm_area_struct } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';
import { vma_end_pgoff } from './i_mmap.ts';

const vmaOf = (c: Vcpu, avc: Ptr): Ptr => peek(c, at(avc, anon_vma_chain.vma)) as Ptr;
const pgoffOf = (c: Vcpu, avc: Ptr): number => peek(c, at(vmaOf(c, avc), vm_area_struct.vm_pgoff));

/** The next chain after `avc` (NULL: the first one) whose VMA contains a page offset of first to last. */
export function anon_vma_interval_tree_iter_next(c: Vcpu, av: Ptr, avc: Ptr, first: number, last: number = first): Ptr {
  let next = peek(c, avc === NULL ? at(av, anon_vma.rb_root) : at(avc, anon_vma_chain.rb_next)) as Ptr;
  while (next !== NULL && first >= vma_end_pgoff(c, vmaOf(c, next))) next = peek(c, at(next, anon_vma_chain.rb_next)) as Ptr;
  return next !== NULL && pgoffOf(c, next) <= last ? next : NULL;
}

export function anon_vma_interval_tree_insert(c: Vcpu, avc: Ptr, av: Ptr): void {
  const pgoff = pgoffOf(c, avc);
  let link = at(av, anon_vma.rb_root);
  let next = peek(c, link) as Ptr;
  while (next !== NULL && pgoffOf(c, next) <= pgoff) {
    link = at(next, anon_vma_chain.rb_next);
    next = peek(c, link) as Ptr;
  }
  poke(c, at(avc, anon_vma_chain.rb_next), next);
  poke(c, link, avc);
}

export function anon_vma_interval_tree_remove(c: Vcpu, avc: Ptr, av: Ptr): void {
  let link = at(av, anon_vma.rb_root);
  while (peek(c, link) !== avc) link = at(peek(c, link) as Ptr, anon_vma_chain.rb_next);
  poke(c, link, peek(c, at(avc, anon_vma_chain.rb_next)));
  poke(c, at(avc, anon_vma_chain.rb_next), NULL);
}

/** Before the page offsets of a VMA change: it leaves the trees that it is in. */
export function anon_vma_interval_tree_pre_update_vma(c: Vcpu, vma: Ptr): void {
  let avc = peek(c, at(vma, vm_area_struct.anon_vma_chain)) as Ptr;
  for (; avc !== NULL; avc = peek(c, at(avc, anon_vma_chain.same_vma_next)) as Ptr)
    anon_vma_interval_tree_remove(c, avc, peek(c, at(avc, anon_vma_chain.anon_vma)) as Ptr);
}

export function anon_vma_interval_tree_post_update_vma(c: Vcpu, vma: Ptr): void {
  let avc = peek(c, at(vma, vm_area_struct.anon_vma_chain)) as Ptr;
  for (; avc !== NULL; avc = peek(c, at(avc, anon_vma_chain.same_vma_next)) as Ptr)
    anon_vma_interval_tree_insert(c, avc, peek(c, at(avc, anon_vma_chain.anon_vma)) as Ptr);
}
