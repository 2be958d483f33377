// SPDX-License-Identifier: GPL-2.0-only
/**
 * Taking pages away from a file. Linux v6.6: mm/truncate.c, truncate_cleanup_folio(), truncate_inode_folio(), truncate_inode_partial_folio(),
 * truncate_inode_pages_range(), truncate_pagecache(), truncate_setsize().
 * left out: shadow entries, what private data of folios hold, invalidate_mapping_pages().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { i_size_read, i_size_write, inode_mapping } from '../../include/linux/fs.ts';
import { zero_user } from '../../include/linux/highmem/zero_user.ts';
import { compound_nr, compound_order, nth_page } from '../../include/linux/mm/page.ts';
import { page } from '../../include/linux/mm_types.ts';
import { folio_mapped } from '../../include/linux/page_ref.ts';
import { PageDirty, PagePrivate } from '../../include/linux/page-flags.ts';
import { folio_detach_private } from '../../include/linux/pagemap.ts';
import { xa_is_value } from '../../include/linux/xarray.ts';
import { EIO } from '../../include/uapi/asm-generic/errno.ts';
import { at } from '../../struct.ts';
import { filemap_lock_folio } from '../filemap/filemap_get_folio.ts';
import { filemap_remove_folio } from '../filemap/filemap_remove_folio.ts';
import { find_get_entries } from '../filemap/find_get_entries.ts';
import { folio_lock, folio_unlock } from '../filemap/folio_lock.ts';
import { split_folio } from '../huge_memory/split_huge_page.ts';
import { unmap_mapping_folio, unmap_mapping_range } from '../memory/unmap_mapping_range.ts';
import { folio_cancel_dirty, folio_wait_writeback } from '../page-writeback/folio_mark_dirty.ts';
import { folio_put } from '../swap/put_page.ts';

/** The folio is locked. @returns 0, or -EIO if it is the file's no more */
export function* truncate_inode_folio(c: Vcpu, mapping: Ptr, folio: Ptr): Code<number> {
  if (peek(c, at(folio, page.mapping)) !== mapping) return -EIO;
  if (yield* folio_mapped(c, folio)) yield* unmap_mapping_folio(c, folio);
  if (yield* PagePrivate(c, folio)) yield* folio_detach_private(c, folio); // folio_invalidate()
  yield* folio_cancel_dirty(c, folio);
  yield* filemap_remove_folio(c, folio);
  return 0;
}

/**
 * A locked folio that lies partly in [start, end], in bytes: what lies in it is zeroed, and a huge page is split.
 * @returns false if the folio stays as a whole, with zeros in it
 */
export function* truncate_inode_partial_folio(c: Vcpu, folio: Ptr, start: number, end: number): Code<boolean> {
  const pos = peek(c, at(folio, page.index)) * 4096;
  const size = compound_nr(c, folio) * 4096;
  const offset = Math.max(0, start - pos);
  const length = Math.min(size, end + 1 - pos) - offset;
  yield* folio_wait_writeback(c, folio);
  if (length === size) {
    yield* truncate_inode_folio(c, peek(c, at(folio, page.mapping)) as Ptr, folio);
    return true;
  }
  yield* folio_zero_range(c, folio, offset, length);
  if (compound_order(c, folio) === 0) return true;
  if ((yield* split_folio(c, folio)) === 0) return true;
  if (yield* PageDirty(c, folio)) return false;
  yield* truncate_inode_folio(c, peek(c, at(folio, page.mapping)) as Ptr, folio);
  return true;
}

/** In bytes from the start of the folio. */
export function* folio_zero_range(c: Vcpu, folio: Ptr, start: number, length: number): Code {
  for (let from = start; from < start + length; ) {
    const to = Math.min(start + length, (Math.floor(from / 4096) + 1) * 4096);
    yield* zero_user(c, nth_page(c, folio, Math.floor(from / 4096)), from % 4096, to - from);
    from = to;
  }
}

/** @param lend last byte, 4096 n - 1, or Infinity. For files of ramfs. */
export function* truncate_inode_pages_range(c: Vcpu, mapping: Ptr, lstart: number, lend: number): Code {
  const start = Math.ceil(lstart / 4096);
  const end = Math.min(0xffffffff, Math.floor((lend + 1) / 4096) - 1);
  if (lstart % 4096 !== 0) {
    const folio = yield* filemap_lock_folio(c, mapping, Math.floor(lstart / 4096));
    if (folio !== 0) {
      yield* truncate_inode_partial_folio(c, folio, lstart, lend);
      yield* folio_unlock(c, folio);
      yield* folio_put(c, folio);
    }
  }
  for (let index = start; index <= end; ) {
    const batch = yield* find_get_entries(c, mapping, index, end);
    if (batch.entries.length === 0) return;
    for (let i = 0; i < batch.entries.length; i++) {
      index = batch.indices[i]! + 1;
      if (xa_is_value(batch.entries[i]!)) continue;
      const folio = batch.entries[i] as Ptr;
      yield* folio_lock(c, folio);
      yield* folio_wait_writeback(c, folio);
      yield* truncate_inode_folio(c, mapping, folio);
      yield* folio_unlock(c, folio);
      yield* folio_put(c, folio);
    }
  }
}

/** Sets the size, takes what lies beyond out of every mm and then out of the file, and again what was copied on write in between. */
export function* truncate_setsize(c: Vcpu, inode: Ptr, newsize: number): Code {
  const oldsize = yield* i_size_read(c, inode);
  yield* i_size_write(c, inode, newsize);
  if (newsize >= oldsize) return;
  const mapping = inode_mapping(c, inode);
  const holebegin = Math.ceil(newsize / 4096) * 4096;
  yield* unmap_mapping_range(c, mapping, holebegin, 0, true);
  yield* truncate_inode_pages_range(c, mapping, newsize, Number.POSITIVE_INFINITY);
  yield* unmap_mapping_range(c, mapping, holebegin, 0, true);
}
