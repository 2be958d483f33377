// SPDX-License-Identifier: GPL-2.0-only
/**
 * A VMA joins the anon_vmas of another. Linux v6.6: mm/rmap.c, anon_vma_clone(), lock_anon_vma_root().
 */
import { peek, poke, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { anon_vma, anon_vma_chain, vm_area_struct } from '../../include/linux/mm_types.ts';
import { ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { down_write, up_write } from '../../kernel/locking/rwsem.ts';
import { at } from '../../struct.ts';
import { anon_vma_chain_alloc, anon_vma_chain_link, anon_vma_chains } from './anon_vma_chain.ts';
import { unlink_anon_vmas } from './unlink_anon_vmas.ts';

/** All anon_vmas of a VMA have one root, so that its lock is taken once. @returns the root that is locked now */
export function* lock_anon_vma_root(c: Vcpu, root: Ptr, av: Ptr): Code<Ptr> {
  const new_root = peek(c, at(av, anon_vma.root)) as Ptr;
  if (new_root === root) return root;
  if (root !== NULL) yield* up_write(c, at(root, anon_vma.rwsem));
  yield* down_write(c, at(new_root, anon_vma.rwsem));
  return new_root;
}

export function* unlock_anon_vma_root(c: Vcpu, root: Ptr): Code {
  if (root !== NULL) yield* up_write(c, at(root, anon_vma.rwsem));
}

/**
 * The caller holds mmap_lock for writing. With dst->anon_vma NULL, as fork has it, an anon_vma that no VMA uses any more is made use of again, so
 * that they do not grow without end where children fork. @returns 0 or -ENOMEM; then dst has none at all
 */
export function* anon_vma_clone(c: Vcpu, dst: Ptr, src: Ptr): Code<number> {
  const chains = anon_vma_chains(c, src);
  let root: Ptr = NULL;
  for (let i = chains.length - 1; i >= 0; i--) {
    const avc = yield* anon_vma_chain_alloc(c);
    if (avc === NULL) {
      yield* unlock_anon_vma_root(c, root);
      yield* store(c, at(dst, vm_area_struct.anon_vma), NULL); // or its users would be counted down
      yield* unlink_anon_vmas(c, dst);
      return -ENOMEM;
    }
    const av = peek(c, at(chains[i]!, anon_vma_chain.anon_vma)) as Ptr;
    root = yield* lock_anon_vma_root(c, root, av);
    yield* anon_vma_chain_link(c, dst, avc, av);
    if (
      peek(c, at(dst, vm_area_struct.anon_vma)) === NULL &&
      peek(c, at(src, vm_area_struct.anon_vma)) !== NULL &&
      peek(c, at(av, anon_vma.num_children)) < 2 &&
      peek(c, at(av, anon_vma.num_active_vmas)) === 0
    )
      yield* store(c, at(dst, vm_area_struct.anon_vma), av);
  }
  const used = peek(c, at(dst, vm_area_struct.anon_vma)) as Ptr;
  if (used !== NULL) poke(c, at(used, anon_vma.num_active_vmas), peek(c, at(used, anon_vma.num_active_vmas)) + 1);
  yield* unlock_anon_vma_root(c, root);
  return 0;
}
