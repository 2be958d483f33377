// SPDX-License-Identifier: GPL-2.0-only
/**
 * A folio's contents are newer than any copy. Linux v6.6: mm/page-writeback.c, folio_mark_dirty(), noop_dirty_folio(),
 * folio_clear_dirty_for_io(), __folio_cancel_dirty(), folio_wait_writeback().
 *
 * No file here is ever written back: those of tmpfs and ramfs have no other place, and swap needs only the flag.
 */
import { waitLoad } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { ClearPageDirty, PageDirty, PG_writeback, TestClearPageDirty, TestSetPageDirty } from '../../include/linux/page-flags.ts';
import { at } from '../../struct.ts';

/** @returns whether it was clean */
export function* folio_mark_dirty(c: Vcpu, folio: Ptr): Code<boolean> {
  return !(yield* PageDirty(c, folio)) && !(yield* TestSetPageDirty(c, folio));
}

/** It is about to be written out. @returns whether it was dirty */
export function* folio_clear_dirty_for_io(c: Vcpu, folio: Ptr): Code<boolean> {
  return yield* TestClearPageDirty(c, folio);
}

/** The contents are of no interest any more. */
export function* folio_cancel_dirty(c: Vcpu, folio: Ptr): Code {
  if (yield* PageDirty(c, folio)) yield* ClearPageDirty(c, folio);
}

export function* folio_wait_writeback(c: Vcpu, folio: Ptr): Code {
  yield* waitLoad(c, at(folio, struct_page.flags), 1 << PG_writeback, 0);
}
