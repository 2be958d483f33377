// SPDX-License-Identifier: GPL-2.0-only
/**
 * A dirty folio is written out. Linux v6.6: mm/vmscan.c, pageout(), is_page_cache_freeable().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { ram_aops, shmem_aops } from '../../include/linux/fs.ts';
import { folio_nr_pages } from '../../include/linux/mm/page.ts';
import { address_space } from '../../include/linux/mm_types.ts';
import { folio_ref_count } from '../../include/linux/page_ref.ts';
import { ClearPageReclaim, PagePrivate, PageWriteback, SetPageReclaim } from '../../include/linux/page-flags.ts';
import { at } from '../../struct.ts';
import { swap_writepage } from '../page_io/swap_writepage.ts';
import { folio_clear_dirty_for_io } from '../page-writeback/folio_mark_dirty.ts';
import { shmem_writepage } from '../shmem/shmem_writepage.ts';

/** What became of the folio: it stays locked for all but PAGE_SUCCESS. */
export const PAGE_KEEP = 0;
export const PAGE_ACTIVATE = 1;
export const PAGE_SUCCESS = 2;
export const PAGE_CLEAN = 3;

/** What writepage() returns when it has not written the page, and has left it locked. Linux v6.6: include/linux/fs.h. */
export const AOP_WRITEPAGE_ACTIVATE = 0x80000;

/** Does nobody use it but the cache and who isolated it? */
function* is_page_cache_freeable(c: Vcpu, folio: Ptr): Code<boolean> {
  const references = yield* folio_ref_count(c, folio);
  return references - ((yield* PagePrivate(c, folio)) ? 1 : 0) === 1 + folio_nr_pages(c, folio);
}

export function* pageout(c: Vcpu, folio: Ptr, mapping: Ptr): Code<number> {
  if (!(yield* is_page_cache_freeable(c, folio)) || mapping === NULL) return PAGE_KEEP;
  const a_ops = peek(c, at(mapping, address_space.a_ops));
  if (a_ops === ram_aops) return PAGE_ACTIVATE;
  if (!(yield* folio_clear_dirty_for_io(c, folio))) return PAGE_CLEAN;
  yield* SetPageReclaim(c, folio);
  const res = a_ops === shmem_aops ? yield* shmem_writepage(c, folio) : yield* swap_writepage(c, folio);
  if (res === AOP_WRITEPAGE_ACTIVATE) {
    yield* ClearPageReclaim(c, folio);
    return PAGE_ACTIVATE;
  }
  if (!(yield* PageWriteback(c, folio))) yield* ClearPageReclaim(c, folio);
  return PAGE_SUCCESS;
}
