// SPDX-License-Identifier: GPL-2.0-only
/**
 * Objects from caches. Linux v6.6: mm/slub.c, kmem_cache_alloc(), kmem_cache_free().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import type { kmem_cache } from '../../include/linux/slab.ts';

/** @returns a zeroed object, or NULL */
export function* kmem_cache_alloc(c: Vcpu, cache: kmem_cache): Code<Ptr> {
  violate(c, 'check', `not ported yet: kmem_cache_alloc(${cache.layout.$name})`);
}

export function* kmem_cache_free(c: Vcpu, cache: kmem_cache, object: Ptr): Code {
  violate(c, 'check', `not ported yet: kmem_cache_free(${cache.layout.$name} ${object})`);
}
