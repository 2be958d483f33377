// SPDX-License-Identifier: GPL-2.0-only
/**
 * The anon_vmas of a child: those of its parent, for pages that they share, and one of its own, for those that it will write.
 * Linux v6.6: mm/rmap.c, anon_vma_fork().
 */
import { peek, poke, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { anon_vma, vm_area_struct } from '../../include/linux/mm_types.ts';
import { anon_vma_lock_write, anon_vma_unlock_write, get_anon_vma } from '../../include/linux/rmap/anon_vma_lock.ts';
import { ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { at } from '../../struct.ts';
import { anon_vma_alloc, anon_vma_chain_alloc, anon_vma_chain_link, put_anon_vma } from './anon_vma_chain.ts';
import { anon_vma_clone } from './anon_vma_clone.ts';
import { unlink_anon_vmas } from './unlink_anon_vmas.ts';

/** @returns 0 or -ENOMEM */
export function* anon_vma_fork(c: Vcpu, vma: Ptr, pvma: Ptr): Code<number> {
  const parent = peek(c, at(pvma, vm_area_struct.anon_vma)) as Ptr;
  if (parent === NULL) return 0;
  yield* store(c, at(vma, vm_area_struct.anon_vma), NULL);
  const error = yield* anon_vma_clone(c, vma, pvma);
  if (error !== 0) return error;
  if (peek(c, at(vma, vm_area_struct.anon_vma)) !== NULL) return 0; // one that had no user any more
  const av = yield* anon_vma_alloc(c);
  const avc = av === NULL ? NULL : yield* anon_vma_chain_alloc(c);
  if (avc === NULL) {
    if (av !== NULL) yield* put_anon_vma(c, av);
    yield* unlink_anon_vmas(c, vma);
    return -ENOMEM;
  }
  const root = peek(c, at(parent, anon_vma.root)) as Ptr;
  poke(c, at(av, anon_vma.num_active_vmas), 1);
  yield* store(c, at(av, anon_vma.root), root);
  poke(c, at(av, anon_vma.parent), parent);
  yield* get_anon_vma(c, root);
  yield* store(c, at(vma, vm_area_struct.anon_vma), av);
  yield* anon_vma_lock_write(c, av);
  yield* anon_vma_chain_link(c, vma, avc, av);
  poke(c, at(parent, anon_vma.num_children), peek(c, at(parent, anon_vma.num_children)) + 1);
  yield* anon_vma_unlock_write(c, av);
  return 0;
}
