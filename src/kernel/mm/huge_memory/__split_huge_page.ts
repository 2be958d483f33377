// SPDX-License-Identifier: GPL-2.0-only
/**
 * The frozen pages of a huge page get lives of their own. Linux v6.6: mm/huge_memory.c, __split_huge_page(), __split_huge_page_tail(),
 * lru_add_page_tail().
 */

import { load, peek, poke, store } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { list_add_tail } from '../../include/linux/list.ts';
import { folio_nr_pages, nth_page } from '../../include/linux/mm/page.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { lruvec } from '../../include/linux/mmzone.ts';
import { folio_get, page_ref_unfreeze } from '../../include/linux/page_ref.ts';
import { ClearPageDirty, ClearPageHasHWPoisoned, ClearPageHead, PageUnevictable, SetPageLRU } from '../../include/linux/page-flags.ts';
import {
  PG_active,
  PG_anon_exclusive,
  PG_dirty,
  PG_hwpoison,
  PG_locked,
  PG_mlocked,
  PG_pageblock_mask,
  PG_referenced,
  PG_swapbacked,
  PG_unevictable,
  PG_uptodate,
  PG_workingset,
} from '../../include/linux/page-flags-bits.ts';
import { shmem_mapping } from '../../include/linux/shmem_fs.ts';
import { XA_STATE } from '../../include/linux/xarray.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { kernelOf } from '../../kernel.ts';
import { xas_store } from '../../lib/xarray/xas_store.ts';
import { at } from '../../struct.ts';
import { __filemap_remove_folio } from '../filemap/filemap_remove_folio.ts';
import { folio_unlock } from '../filemap/folio_lock.ts';
import { folio_put } from '../swap/put_page.ts';
import { free_page_and_swap_cache } from '../swap_state/swap_cache_get_folio.ts';

/** What a tail takes over from the head. */
const INHERITED =
  (1 << PG_referenced) |
  (1 << PG_swapbacked) |
  (1 << PG_mlocked) |
  (1 << PG_uptodate) |
  (1 << PG_active) |
  (1 << PG_workingset) |
  (1 << PG_locked) |
  (1 << PG_unevictable) |
  (1 << PG_dirty);
/** What a tail keeps of its own, besides what no page that is handed out has. */
const OWN = (1 << PG_hwpoison) | (1 << PG_anon_exclusive) | (PG_pageblock_mask >>> 0);

/**
 * The lock of the page cache is held. @param end pages of the file from this one on leave it
 * @returns how many of those were shmem's
 */
export function* __split_huge_page(c: Vcpu, head: Ptr, list: Ptr[] | null, mapping: Ptr, end: number): Code<number> {
  const nr = folio_nr_pages(c, head);
  const index = peek(c, at(head, struct_page.index));
  const lru_lock = at(kernelOf(c).globals.lruvec, lruvec.lru_lock);
  let dropped = 0;
  yield* spin_lock(c, lru_lock);
  yield* ClearPageHasHWPoisoned(c, head);
  for (let i = nr - 1; i >= 1; i--) {
    const tail = nth_page(c, head, i);
    yield* __split_huge_page_tail(c, head, tail, index + i, mapping, list);
    if (index + i >= end) {
      if (shmem_mapping(c, mapping)) dropped++;
      else yield* ClearPageDirty(c, tail);
      yield* __filemap_remove_folio(c, tail, NULL);
      yield* folio_put(c, tail);
    } else if (mapping !== NULL) yield* xas_store(c, XA_STATE(mapping, index + i), tail);
  }
  yield* ClearPageHead(c, head);
  poke(c, at(head, struct_page.compound_order), 0);
  yield* store(c, at(head, struct_page._nr_pages_mapped), 0);
  yield* spin_unlock(c, lru_lock);
  yield* page_ref_unfreeze(c, head, mapping === NULL ? 1 : 2);
  return dropped;
}

function* __split_huge_page_tail(c: Vcpu, head: Ptr, tail: Ptr, index: number, mapping: Ptr, list: Ptr[] | null): Code {
  const flags = yield* load(c, at(head, struct_page.flags));
  const own = yield* load(c, at(tail, struct_page.flags));
  yield* store(c, at(tail, struct_page.flags), (own & OWN) | (flags & INHERITED));
  poke(c, at(tail, struct_page.mapping), peek(c, at(head, struct_page.mapping)));
  poke(c, at(tail, struct_page.index), index);
  poke(c, at(tail, struct_page.private), 0);
  // smp_wmb(): nothing to do under TSO. Pairs with page_folio() of whoever looks at the page: its flags are right once it is a page of its own.
  yield* store(c, at(tail, struct_page.compound_head), 0);
  yield* page_ref_unfreeze(c, tail, mapping === NULL ? 1 : 2);
  yield* lru_add_page_tail(c, head, tail, list);
}

/** The head is on the LRU, or isolated by the caller who gave a list. */
function* lru_add_page_tail(c: Vcpu, head: Ptr, tail: Ptr, list: Ptr[] | null): Code {
  if (list !== null) {
    yield* folio_get(c, tail);
    list.push(tail);
    return;
  }
  if (yield* PageUnevictable(c, tail))
    poke(c, at(tail, struct_page.lru_prev), 0); // mlock_count
  else list_add_tail(c, at(tail, struct_page.lru_next), at(head, struct_page.lru_next));
  yield* SetPageLRU(c, tail);
}

/** All but the one that the caller holds are unlocked, and the references of the split dropped: a page that nobody maps goes. */
export function* release_split_pages(c: Vcpu, head: Ptr, page: Ptr, nr: number): Code {
  for (let i = 0; i < nr; i++) {
    const part = nth_page(c, head, i);
    if (part === page) continue;
    yield* folio_unlock(c, part);
    yield* free_page_and_swap_cache(c, part);
  }
}
