// SPDX-License-Identifier: GPL-2.0-only
/**
 * Objects from caches. Linux v6.6: mm/slub.c, kmem_cache_alloc(), kmem_cache_free(), new_slab(), __slab_free(); mm/slab_common.c, kmalloc_caches[].
 *
 * An object goes back to the list of the CPU that frees it, last in first out, and a slab stays with its cache for ever. A free object's link lies
 * behind it, so that one of a cache that is SLAB_TYPESAFE_BY_RCU keeps what it held. Where freed memory is not used again (config.quarantine)
 * neither are freed objects, and their words are written: a late touch is then a data race.
 * left out: partial slabs, and the cmpxchg by which CPUs free into each other's slabs; debugging.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import { CALLBACK, type Code, type Vcpu } from '../../../../cpu/vcpu.ts';
import { POISON } from '../../../../mmu/frames.ts';
import { FRAME_WORDS, NULL, type Ptr } from '../../../../mmu/types.ts';
import { __GFP_ZERO, GFP_KERNEL } from '../../include/linux/gfp.ts';
import { page_address, virt_to_page } from '../../include/linux/mm/page.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { allCaches, type kmem_cache, kmem_cache as new_cache, SLAB_TYPESAFE_BY_RCU, slab_stride } from '../../include/linux/slab.ts';
import { mod_node_page_state, NR_SLAB } from '../../include/linux/vmstat.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { kernelOf } from '../../kernel.ts';
import { FAILSLAB, should_fail } from '../../lib/fault-inject/should_fail.ts';
import { at, struct } from '../../struct.ts';
import { alloc_page } from '../page_alloc/__alloc_pages.ts';
import { cpu_slab, kmem_cache_node, node_of } from './kmem_cache_init.ts';

const link = (cache: kmem_cache, object: Ptr): Ptr => at(object, cache.layout.$words);

/** Zeroed, except for objects of a SLAB_TYPESAFE_BY_RCU cache, which their last user leaves as they should be. @returns an object, or NULL */
export function* kmem_cache_alloc(c: Vcpu, cache: kmem_cache): Code<Ptr> {
  const k = kernelOf(c);
  const freelist = c.role === CALLBACK ? NULL : cpu_slab(k, cache, c.id);
  if (freelist === NULL) violate(c, 'check', `${c.m.contextName(c)} allocates from the cache ${cache.name}`);
  if (should_fail(c, FAILSLAB) || (peek(c, freelist) === NULL && !(yield* refill(c, cache, freelist)))) return NULL;
  const object = peek(c, freelist) as Ptr;
  poke(c, freelist, peek(c, link(cache, object)));
  if (k.config.quarantine !== true && (cache.flags & SLAB_TYPESAFE_BY_RCU) === 0) fill(c, cache, object, 0);
  return object;
}

function fill(c: Vcpu, cache: kmem_cache, object: Ptr, value: number): void {
  for (let i = 0; i < cache.layout.$words; i++) poke(c, at(object, i), value);
}

/** What callbacks have freed, else a new slab. */
function* refill(c: Vcpu, cache: kmem_cache, freelist: Ptr): Code<boolean> {
  const node = node_of(kernelOf(c), cache);
  if (kernelOf(c).config.quarantine !== true) {
    yield* spin_lock(c, at(node, kmem_cache_node.list_lock));
    poke(c, freelist, peek(c, at(node, kmem_cache_node.freelist)));
    poke(c, at(node, kmem_cache_node.freelist), NULL);
    yield* spin_unlock(c, at(node, kmem_cache_node.list_lock));
    if (peek(c, freelist) !== NULL) return true;
  }
  return yield* new_slab(c, cache, freelist);
}

function* new_slab(c: Vcpu, cache: kmem_cache, freelist: Ptr): Code<boolean> {
  const page = yield* alloc_page(c, GFP_KERNEL | __GFP_ZERO);
  if (page === NULL) return false;
  mod_node_page_state(c, NR_SLAB, 1);
  poke(c, at(page, struct_page.private), cache.id + 1);
  const stride = slab_stride(cache);
  const first = page_address(c, page);
  for (let i = Math.floor(FRAME_WORDS / stride) - 1; i >= 0; i--) {
    const object = at(first, i * stride);
    poke(c, link(cache, object), peek(c, freelist));
    poke(c, freelist, object);
  }
  return true;
}

export function* kmem_cache_free(c: Vcpu, cache: kmem_cache, object: Ptr): Code {
  const k = kernelOf(c);
  if (peek(c, at(virt_to_page(c, object), struct_page.private)) !== cache.id + 1)
    violate(c, 'check', `BUG: ${c.m.nameOf(object)} is freed to the cache ${cache.name}`);
  if (k.config.quarantine === true) {
    if ((cache.flags & SLAB_TYPESAFE_BY_RCU) === 0) poison(c, cache, object);
    return;
  }
  if (c.role !== CALLBACK) {
    push(c, cache, cpu_slab(k, cache, c.id), object);
    return;
  }
  const node = node_of(k, cache);
  yield* spin_lock(c, at(node, kmem_cache_node.list_lock));
  push(c, cache, at(node, kmem_cache_node.freelist), object);
  yield* spin_unlock(c, at(node, kmem_cache_node.list_lock));
}

function push(c: Vcpu, cache: kmem_cache, list: Ptr, object: Ptr): void {
  poke(c, link(cache, object), peek(c, list));
  poke(c, list, object);
}

/** A word that somebody has waited for may only be stored to by marked stores, so it is left alone. */
function poison(c: Vcpu, cache: kmem_cache, object: Ptr): void {
  for (let i = 0; i < cache.layout.$words; i++) if (!c.m.waited.has(at(object, i))) poke(c, at(object, i), POISON);
}

const kmalloc_caches = [8, 16, 32, 64, 128, 256, 510].map((words) =>
  new_cache(`kmalloc-${words * 4}`, struct(`kmalloc_${words * 4}`, { words })),
);

/** @param words at most 510. @returns zeroed memory, or NULL */
export function* kmalloc(c: Vcpu, words: number): Code<Ptr> {
  for (const cache of kmalloc_caches) if (words <= cache.layout.$words) return yield* kmem_cache_alloc(c, cache);
  violate(c, 'check', `kmalloc(${words * 4}): more than a slab holds`);
}

export function* kfree(c: Vcpu, object: Ptr): Code {
  if (object === NULL) return;
  yield* kmem_cache_free(c, allCaches()[peek(c, at(virt_to_page(c, object), struct_page.private)) - 1]!, object);
}
