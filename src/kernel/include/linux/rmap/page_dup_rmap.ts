// SPDX-License-Identifier: GPL-2.0-only
/**
 * One more mapping of a page that is mapped already, and the end of its being exclusive. Linux v6.6: include/linux/rmap.h, __page_dup_rmap(),
 * page_dup_file_rmap(), page_try_dup_anon_rmap(), page_try_share_anon_rmap().
 * left out: private pages of devices.
 */
import { load, peek, update } from '../../../../../cpu/ops.ts';
import { ADD } from '../../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../mmu/types.ts';
import { at } from '../../../struct.ts';
import { EBUSY } from '../../uapi/asm-generic/errno.ts';
import { compound_head } from '../mm/page.ts';
import { mm_struct, page as struct_page, vm_area_struct } from '../mm_types.ts';
import { folio_maybe_dma_pinned } from '../page_ref.ts';
import { ClearPageAnonExclusive, PageAnonExclusive } from '../page-flags.ts';
import { MMF_HAS_PINNED } from '../sched/coredump.ts';

/** `page` is the head if `compound`. */
export function* __page_dup_rmap(c: Vcpu, page: Ptr, compound: boolean): Code {
  yield* update(c, at(page, compound ? struct_page._entire_mapcount : struct_page._mapcount), ADD, 1);
}

export const page_dup_file_rmap = __page_dup_rmap;

/** May somebody be reading or writing the page by DMA, through this mm, so that it cannot be shared? */
function* page_needs_cow_for_dma(c: Vcpu, vma: Ptr, page: Ptr): Code<boolean> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  if (((yield* load(c, at(mm, mm_struct.flags))) & (1 << MMF_HAS_PINNED)) === 0) return false;
  return yield* folio_maybe_dma_pinned(c, yield* compound_head(c, page));
}

/** For fork(): the page becomes shared. @returns 0, or -EBUSY if it is pinned and the child needs a copy */
export function* page_try_dup_anon_rmap(c: Vcpu, page: Ptr, compound: boolean, vma: Ptr): Code<number> {
  if (yield* PageAnonExclusive(c, page)) {
    if (yield* page_needs_cow_for_dma(c, vma, page)) return -EBUSY;
    yield* ClearPageAnonExclusive(c, page);
  }
  yield* __page_dup_rmap(c, page, compound);
  return 0;
}

/**
 * The pte has been cleared. Either this sees the pin of gup_fast, or that sees the cleared pte: the locked operation that cleared it is the
 * barrier. Pairs with the reference that gup_fast takes before it looks at the pte again.
 * @returns 0, or -EBUSY if the page is pinned
 */
export function* page_try_share_anon_rmap(c: Vcpu, page: Ptr): Code<number> {
  if (yield* folio_maybe_dma_pinned(c, yield* compound_head(c, page))) return -EBUSY;
  yield* ClearPageAnonExclusive(c, page);
  return 0;
}
