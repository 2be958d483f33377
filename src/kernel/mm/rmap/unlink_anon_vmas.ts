// SPDX-License-Identifier: GPL-2.0-only
/**
 * A VMA leaves its anon_vmas, and those that nobody is in any more go. Linux v6.6: mm/rmap.c, unlink_anon_vmas().
 */
import { peek, poke, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { anon_vma, anon_vma_chain, vm_area_struct } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';
import { anon_vma_interval_tree_remove } from '../interval_tree/anon_vma.ts';
import { anon_vma_chain_free, anon_vma_chains, put_anon_vma } from './anon_vma_chain.ts';
import { lock_anon_vma_root, unlock_anon_vma_root } from './anon_vma_clone.ts';

/** Children come before their parents in a VMA's chains: the root goes last. */
export function* unlink_anon_vmas(c: Vcpu, vma: Ptr): Code {
  const chains = anon_vma_chains(c, vma);
  let root: Ptr = NULL;
  const empty: Ptr[] = [];
  for (const avc of chains) {
    const av = peek(c, at(avc, anon_vma_chain.anon_vma)) as Ptr;
    root = yield* lock_anon_vma_root(c, root, av);
    anon_vma_interval_tree_remove(c, avc, av);
    if (peek(c, at(av, anon_vma.rb_root)) === NULL) {
      const parent = peek(c, at(av, anon_vma.parent)) as Ptr;
      poke(c, at(parent, anon_vma.num_children), peek(c, at(parent, anon_vma.num_children)) - 1);
      empty.push(av);
    }
  }
  const own = peek(c, at(vma, vm_area_struct.anon_vma)) as Ptr;
  if (own !== NULL) {
    poke(c, at(own, anon_vma.num_active_vmas), peek(c, at(own, anon_vma.num_active_vmas)) - 1);
    yield* store(c, at(vma, vm_area_struct.anon_vma), NULL);
  }
  yield* unlock_anon_vma_root(c, root);
  yield* store(c, at(vma, vm_area_struct.anon_vma_chain), NULL);
  for (const av of empty) yield* put_anon_vma(c, av); // not under the lock: freeing may take it
  for (const avc of chains) yield* anon_vma_chain_free(c, avc);
}
