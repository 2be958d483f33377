// SPDX-License-Identifier: GPL-2.0-only
/**
 * The cache that a folio is in. Linux v6.6: mm/util.c, folio_mapping(); mm/internal.h, folio_evictable().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { PAGE_MAPPING_ANON, PageMlocked, PageSwapCache } from '../../include/linux/page-flags.ts';
import { mapping_unevictable } from '../../include/linux/pagemap.ts';
import { swap_address_space } from '../../include/linux/swap.ts';
import { at } from '../../struct.ts';

/** Of a locked folio: its file's, the swap cache, or NULL. */
export function* folio_mapping(c: Vcpu, folio: Ptr): Code<Ptr> {
  if (yield* PageSwapCache(c, folio)) return swap_address_space(c);
  const mapping = peek(c, at(folio, struct_page.mapping));
  return ((mapping & PAGE_MAPPING_ANON) !== 0 ? NULL : mapping) as Ptr;
}

/** May reclaim take it? */
export function* folio_evictable(c: Vcpu, folio: Ptr): Code<boolean> {
  const mapping = yield* folio_mapping(c, folio);
  return !(mapping !== NULL && (yield* mapping_unevictable(c, mapping))) && !(yield* PageMlocked(c, folio));
}
