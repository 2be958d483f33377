// SPDX-License-Identifier: GPL-2.0-only
/**
 * Caches of kernel objects: declared at module level, one for each struct. Linux v6.6: include/linux/slab.h, kmem_cache_create(), SLAB_TYPESAFE_BY_RCU.
 */
import type { AnyLayout } from '../../struct.ts';

/** An object may be looked at, in an RCU section, after it was freed: it is then free, or another object of the same cache. */
export const SLAB_TYPESAFE_BY_RCU = 1;

export interface kmem_cache {
  /** Number of the cache, the same on every machine of a run. */
  readonly id: number;
  readonly name: string;
  readonly layout: AnyLayout;
  readonly flags: number;
}

const caches: kmem_cache[] = [];

/** At module level only. */
export function kmem_cache(name: string, layout: AnyLayout, flags = 0): kmem_cache {
  const cache = { id: caches.length, name, layout, flags };
  caches.push(cache);
  return cache;
}

export const allCaches = (): readonly kmem_cache[] => caches;

/** Words from one object of a slab to the next: even, so that 64-bit fields are aligned, with room for the link of a free one. */
export const slab_stride = (cache: kmem_cache): number => (cache.layout.$words + 2) & ~1;
