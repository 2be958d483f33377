// SPDX-License-Identifier: GPL-2.0-only
/**
 * A page of a shmem file moves from the page cache to the swap cache, and out. Linux v6.6: mm/shmem.c, shmem_writepage().
 * left out: the list of files that have something in swap (for swapoff), files that are locked in memory.
 */
import { peek } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { mapping_host } from '../../include/linux/fs.ts';
import { compound_order } from '../../include/linux/mm/page.ts';
import { page } from '../../include/linux/mm_types.ts';
import { folio_mapped } from '../../include/linux/page_ref.ts';
import { ClearPageDirty, PageUptodate, SetPageUptodate } from '../../include/linux/page-flags.ts';
import { xa_mk_value } from '../../include/linux/xarray.ts';
import { at } from '../../struct.ts';
import { split_huge_page } from '../huge_memory/split_huge_page.ts';
import { swap_writepage } from '../page_io/swap_writepage.ts';
import { folio_mark_dirty } from '../page-writeback/folio_mark_dirty.ts';
import { folio_alloc_swap } from '../swap_slots/folio_alloc_swap.ts';
import { add_to_swap_cache } from '../swap_state/add_to_swap.ts';
import { swap_shmem_alloc } from '../swapfile/swap_map.ts';
import { folio_zero_range } from '../truncate/truncate_inode_pages_range.ts';
import { shmem_delete_from_page_cache } from './shmem_add_to_page_cache.ts';
import { shmem_recalc_inode } from './shmem_charge.ts';

/** Of a ->writepage: the page is dirty still, and locked. */
export const AOP_WRITEPAGE_ACTIVATE = 0x80000;

/** The folio is locked, clean, and mapped nowhere. @returns 0, with the folio unlocked; or AOP_WRITEPAGE_ACTIVATE */
export function* shmem_writepage(c: Vcpu, folio: Ptr): Code<number> {
  if (compound_order(c, folio) > 0) {
    yield* folio_mark_dirty(c, folio); // so that each page of it is
    if ((yield* split_huge_page(c, folio)) !== 0) return yield* redirty(c, folio);
    yield* ClearPageDirty(c, folio);
  }
  const inode = mapping_host(c, peek(c, at(folio, page.mapping)) as Ptr);
  if (!(yield* PageUptodate(c, folio))) {
    yield* folio_zero_range(c, folio, 0, 4096);
    yield* SetPageUptodate(c, folio);
  }
  const swap = yield* folio_alloc_swap(c, folio);
  if (swap === 0) return yield* redirty(c, folio);
  yield* add_to_swap_cache(c, folio, swap);
  yield* shmem_recalc_inode(c, inode, 0, 1);
  yield* swap_shmem_alloc(c, swap);
  yield* shmem_delete_from_page_cache(c, folio, xa_mk_value(swap));
  if (yield* folio_mapped(c, folio)) violate(c, 'check', `BUG: ${c.m.nameOf(folio)} is mapped while it goes to swap`);
  yield* swap_writepage(c, folio);
  return 0;
}

function* redirty(c: Vcpu, folio: Ptr): Code<number> {
  yield* folio_mark_dirty(c, folio);
  return AOP_WRITEPAGE_ACTIVATE;
}
