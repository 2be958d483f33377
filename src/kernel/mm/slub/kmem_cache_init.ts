// SPDX-License-Identifier: GPL-2.0-only
/** Caches at boot. Linux v6.6: mm/slub.c, kmem_cache_init(). */
import type { Kernel } from '../../kernel.ts';

export function kmem_cache_init(_k: Kernel): void {}
