// SPDX-License-Identifier: GPL-2.0-only
/**
 * A folio leaves its cache if nobody else uses it. Linux v6.6: mm/vmscan.c, __remove_mapping().
 * left out: shadow entries (mm/workingset.c), the list of inodes without pages.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { folio_nr_pages } from '../../include/linux/mm/page.ts';
import { address_space, page as struct_page } from '../../include/linux/mm_types.ts';
import { page_ref_freeze, page_ref_unfreeze } from '../../include/linux/page_ref.ts';
import { PageDirty, PageSwapCache } from '../../include/linux/page-flags.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { __filemap_remove_folio } from '../filemap/filemap_remove_folio.ts';
import { __delete_from_swap_cache } from '../swap_state/add_to_swap.ts';
import { put_swap_folio } from '../swapfile/swap_map.ts';

/**
 * The folio is locked and isolated. First the references, which say that nobody can make it dirty any more, then PG_dirty: in the other order a
 * write just before the last reference was dropped would be lost.
 * @returns whether it is gone from its cache; its references are frozen then
 */
export function* __remove_mapping(c: Vcpu, mapping: Ptr, folio: Ptr): Code<boolean> {
  const xa_lock = at(mapping, address_space.xa_lock);
  const references = 1 + folio_nr_pages(c, folio);
  yield* spin_lock(c, xa_lock);
  const frozen = yield* page_ref_freeze(c, folio, references);
  if (!frozen || (yield* PageDirty(c, folio))) {
    if (frozen) yield* page_ref_unfreeze(c, folio, references);
    yield* spin_unlock(c, xa_lock);
    return false;
  }
  if (yield* PageSwapCache(c, folio)) {
    const swap = peek(c, at(folio, struct_page.private));
    yield* __delete_from_swap_cache(c, folio, swap);
    yield* spin_unlock(c, xa_lock);
    yield* put_swap_folio(c, folio, swap);
  } else {
    yield* __filemap_remove_folio(c, folio, 0);
    yield* spin_unlock(c, xa_lock);
  }
  return true;
}
