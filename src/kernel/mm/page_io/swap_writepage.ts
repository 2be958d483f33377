// SPDX-License-Identifier: GPL-2.0-only
/**
 * A page goes to its slot of the swap device, or comes from there. Linux v6.6: mm/page_io.c, swap_writepage(), swap_readpage(), count_swpout_vm_event();
 * end_swap_bio_write(), end_swap_bio_read().
 *
 * The device is a RAM disk: both are done when they return, with the folio unlocked.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { copy_from_brd, copy_to_brd } from '../../drivers/block/brd.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { ClearPageReclaim, SetPageDirty, SetPageUptodate } from '../../include/linux/page-flags.ts';
import { swp_offset } from '../../include/linux/swapops.ts';
import { count_vm_event, PSWPIN, PSWPOUT } from '../../include/linux/vmstat.ts';
import { at } from '../../struct.ts';
import { folio_unlock } from '../filemap/folio_lock.ts';
import { folio_free_swap } from '../swapfile/free_swap_and_cache.ts';

/** `page` is locked, in the swap cache and clean. If nobody refers to its slot any more, it leaves the cache instead. @returns 0 */
export function* swap_writepage(c: Vcpu, page: Ptr): Code<number> {
  if (!(yield* folio_free_swap(c, page))) {
    if ((yield* copy_to_brd(c, page, swp_offset(peek(c, at(page, struct_page.private))))) === 0) count_vm_event(c, PSWPOUT);
    else {
      // It stays as it was, and is not taken for written.
      yield* SetPageDirty(c, page);
      yield* ClearPageReclaim(c, page);
    }
  }
  yield* folio_unlock(c, page);
  return 0;
}

/** `page` is locked and new, its slot in page->private; `synchronous`: it need not be in the swap cache. */
export function* swap_readpage(c: Vcpu, page: Ptr, _synchronous: boolean): Code {
  yield* copy_from_brd(c, page, swp_offset(peek(c, at(page, struct_page.private))));
  yield* SetPageUptodate(c, page);
  count_vm_event(c, PSWPIN);
  yield* folio_unlock(c, page);
}
