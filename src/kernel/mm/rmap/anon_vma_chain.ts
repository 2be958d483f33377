// SPDX-License-Identifier: GPL-2.0-only
/**
 * The objects of anonymous reverse mapping: an anon_vma stands for pages that were first written in one VMA, a chain for a VMA that may map
 * some of them. Linux v6.6: mm/rmap.c, anon_vma_alloc(), anon_vma_chain_alloc(), anon_vma_chain_link(), anon_vma_free(), __put_anon_vma().
 */
import { peek, poke, rmw, store } from '../../../../cpu/ops.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { anon_vma, anon_vma_chain, vm_area_struct } from '../../include/linux/mm_types.ts';
import { anon_vma_lock_write, anon_vma_rwsem, anon_vma_unlock_write } from '../../include/linux/rmap/anon_vma_lock.ts';
import { kmem_cache, SLAB_TYPESAFE_BY_RCU } from '../../include/linux/slab.ts';
import { rwsem_is_locked } from '../../kernel/locking/rwsem.ts';
import { at } from '../../struct.ts';
import { anon_vma_interval_tree_insert } from '../interval_tree/anon_vma.ts';
import { kmem_cache_alloc, kmem_cache_free } from '../slub/kmem_cache_alloc.ts';

/** folio_lock_anon_vma_read() looks at one that may have been freed. */
const anon_vma_cachep = kmem_cache('anon_vma', anon_vma, SLAB_TYPESAFE_BY_RCU);
const anon_vma_chain_cachep = kmem_cache('anon_vma_chain', anon_vma_chain);

/** Its own root and parent. @returns NULL if there is no memory */
export function* anon_vma_alloc(c: Vcpu): Code<Ptr> {
  const av = yield* kmem_cache_alloc(c, anon_vma_cachep);
  if (av === NULL) return NULL;
  poke(c, at(av, anon_vma.num_children), 0);
  poke(c, at(av, anon_vma.num_active_vmas), 0);
  poke(c, at(av, anon_vma.parent), av);
  yield* store(c, at(av, anon_vma.root), av);
  yield* store(c, at(av, anon_vma.refcount), 1);
  return av;
}

/** Pairs with folio_lock_anon_vma_read(), which may have the lock still: it has to see the folio unmapped before the object is used again. */
function* anon_vma_free(c: Vcpu, av: Ptr): Code {
  if (yield* rwsem_is_locked(c, anon_vma_rwsem(c, av))) {
    yield* anon_vma_lock_write(c, av);
    yield* anon_vma_unlock_write(c, av);
  }
  yield* kmem_cache_free(c, anon_vma_cachep, av);
}

/** The root stays as long as any of its family: the lock lies in it. */
export function* put_anon_vma(c: Vcpu, av: Ptr): Code {
  if ((yield* rmw(c, at(av, anon_vma.refcount), ADD, -1)) === 1) yield* __put_anon_vma(c, av);
}

/** The last reference has gone. */
export function* __put_anon_vma(c: Vcpu, av: Ptr): Code {
  const root = peek(c, at(av, anon_vma.root)) as Ptr;
  yield* anon_vma_free(c, av);
  if (root !== av && (yield* rmw(c, at(root, anon_vma.refcount), ADD, -1)) === 1) yield* anon_vma_free(c, root);
}

/** @returns NULL if there is no memory */
export function* anon_vma_chain_alloc(c: Vcpu): Code<Ptr> {
  return yield* kmem_cache_alloc(c, anon_vma_chain_cachep);
}

export function* anon_vma_chain_free(c: Vcpu, avc: Ptr): Code {
  yield* kmem_cache_free(c, anon_vma_chain_cachep, avc);
}

/** The caller holds the root's rwsem for writing. The newest comes first: the root of all is last. */
export function* anon_vma_chain_link(c: Vcpu, vma: Ptr, avc: Ptr, av: Ptr): Code {
  poke(c, at(avc, anon_vma_chain.vma), vma);
  poke(c, at(avc, anon_vma_chain.anon_vma), av);
  yield* store(c, at(avc, anon_vma_chain.same_vma_next), peek(c, at(vma, vm_area_struct.anon_vma_chain)));
  yield* store(c, at(vma, vm_area_struct.anon_vma_chain), avc);
  anon_vma_interval_tree_insert(c, avc, av);
}

/** A VMA's chains, newest first. */
export function anon_vma_chains(c: Vcpu, vma: Ptr): Ptr[] {
  const list: Ptr[] = [];
  let avc = peek(c, at(vma, vm_area_struct.anon_vma_chain)) as Ptr;
  for (; avc !== NULL; avc = peek(c, at(avc, anon_vma_chain.same_vma_next)) as Ptr) list.push(avc);
  return list;
}
