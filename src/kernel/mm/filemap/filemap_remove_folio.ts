// SPDX-License-Identifier: GPL-2.0-only
/**
 * A folio leaves the page cache. Linux v6.6: mm/filemap.c, filemap_unaccount_folio(), page_cache_delete(), __filemap_remove_folio(),
 * filemap_remove_folio(), filemap_free_folio(). The folio is locked.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { compound_nr, compound_order } from '../../include/linux/mm/page.ts';
import { address_space, page } from '../../include/linux/mm_types.ts';
import { folio_mapped } from '../../include/linux/page_ref.ts';
import { PageDirty, PageSwapBacked } from '../../include/linux/page-flags.ts';
import { filemap_nr_thps_dec, mapping_add_nrpages } from '../../include/linux/pagemap.ts';
import { mod_node_page_state, NR_FILE_PAGES, NR_FILE_THPS, NR_SHMEM, NR_SHMEM_THPS } from '../../include/linux/vmstat.ts';
import { XA_STATE_ORDER } from '../../include/linux/xarray.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { xas_store } from '../../lib/xarray/xas_store.ts';
import { at } from '../../struct.ts';
import { folio_cancel_dirty } from '../page-writeback/folio_mark_dirty.ts';
import { folio_put_refs } from '../swap/put_page.ts';

function* filemap_unaccount_folio(c: Vcpu, mapping: Ptr, folio: Ptr): Code {
  if (yield* folio_mapped(c, folio))
    violate(c, 'check', `BUG: Bad page cache: ${c.m.nameOf(folio)} is still mapped when it leaves the page cache`);
  const nr = compound_nr(c, folio);
  mod_node_page_state(c, NR_FILE_PAGES, -nr);
  if (yield* PageSwapBacked(c, folio)) {
    mod_node_page_state(c, NR_SHMEM, -nr);
    if (nr > 1) mod_node_page_state(c, NR_SHMEM_THPS, -nr);
  } else if (nr > 1) {
    mod_node_page_state(c, NR_FILE_THPS, -nr);
    yield* filemap_nr_thps_dec(c, mapping);
  }
  if (yield* PageDirty(c, folio)) yield* folio_cancel_dirty(c, folio);
}

/** With the xa_lock held. @param shadow what takes its place: 0 or a value entry */
export function* __filemap_remove_folio(c: Vcpu, folio: Ptr, shadow: number): Code {
  const mapping = peek(c, at(folio, page.mapping)) as Ptr;
  yield* filemap_unaccount_folio(c, mapping, folio);
  const xas = XA_STATE_ORDER(mapping, peek(c, at(folio, page.index)), compound_order(c, folio));
  yield* xas_store(c, xas, shadow);
  poke(c, at(folio, page.mapping), NULL);
  yield* mapping_add_nrpages(c, mapping, -compound_nr(c, folio));
}

export function* filemap_remove_folio(c: Vcpu, folio: Ptr): Code {
  const lock = at(peek(c, at(folio, page.mapping)) as Ptr, address_space.xa_lock);
  yield* spin_lock(c, lock);
  yield* __filemap_remove_folio(c, folio, 0);
  yield* spin_unlock(c, lock);
  yield* folio_put_refs(c, folio, compound_nr(c, folio));
}
