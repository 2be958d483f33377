// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages and swap entries of a range of a shmem file go. Linux v6.6: mm/shmem.c, shmem_undo_range(), shmem_truncate_range(),
 * shmem_get_partial_folio().
 * left out: undoing of a fallocate() that failed.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { inode_mapping } from '../../include/linux/fs.ts';
import { compound_nr, compound_order } from '../../include/linux/mm/page.ts';
import { page } from '../../include/linux/mm_types.ts';
import { SGP_READ } from '../../include/linux/shmem_fs.ts';
import { xa_is_value } from '../../include/linux/xarray.ts';
import { at } from '../../struct.ts';
import { filemap_lock_entry } from '../filemap/filemap_get_folio.ts';
import { find_get_entries, find_lock_entries } from '../filemap/find_get_entries.ts';
import { folio_lock, folio_unlock } from '../filemap/folio_lock.ts';
import { folio_mark_dirty } from '../page-writeback/folio_mark_dirty.ts';
import { folio_put } from '../swap/put_page.ts';
import { truncate_inode_folio, truncate_inode_partial_folio } from '../truncate/truncate_inode_pages_range.ts';
import { shmem_free_swap } from './shmem_add_to_page_cache.ts';
import { shmem_recalc_inode } from './shmem_charge.ts';
import { shmem_get_folio } from './shmem_get_folio.ts';

const indexOf = (c: Vcpu, folio: Ptr): number => peek(c, at(folio, page.index));

/** The page where the range begins or ends, locked; brought back from swap if some of it stays. */
function* shmem_get_partial_folio(c: Vcpu, inode: Ptr, index: number): Code<Ptr> {
  const entry = yield* filemap_lock_entry(c, inode_mapping(c, inode), index);
  if (!xa_is_value(entry)) return entry as Ptr;
  const folio = yield* shmem_get_folio(c, inode, index, SGP_READ);
  return (folio < 0 ? NULL : folio) as Ptr;
}

/** @param lend last byte, or Infinity: everything from lstart on */
export function* shmem_truncate_range(c: Vcpu, inode: Ptr, lstart: number, lend: number): Code {
  const mapping = inode_mapping(c, inode);
  let start = Math.ceil(lstart / 4096);
  let end = Math.min(0xffffffff, Math.floor((lend + 1) / 4096));
  let nr_swaps_freed = yield* free_what_is_not_busy(c, mapping, start, end);

  // A page at either end of which only a part goes.
  const last = Math.floor(lend / 4096);
  let same_folio = Math.floor(lstart / 4096) === last;
  let folio = yield* shmem_get_partial_folio(c, inode, Math.floor(lstart / 4096));
  if (folio !== NULL) {
    const next = indexOf(c, folio) + compound_nr(c, folio);
    same_folio = lend < next * 4096;
    yield* folio_mark_dirty(c, folio);
    if (!(yield* truncate_inode_partial_folio(c, folio, lstart, lend))) {
      start = next;
      if (same_folio) end = indexOf(c, folio);
    }
    yield* folio_unlock(c, folio);
    yield* folio_put(c, folio);
  }
  folio = same_folio || lend === Number.POSITIVE_INFINITY ? NULL : yield* shmem_get_partial_folio(c, inode, last);
  if (folio !== NULL) {
    yield* folio_mark_dirty(c, folio);
    if (!(yield* truncate_inode_partial_folio(c, folio, lstart, lend))) end = indexOf(c, folio);
    yield* folio_unlock(c, folio);
    yield* folio_put(c, folio);
  }

  nr_swaps_freed += yield* free_the_rest(c, mapping, start, end, lstart, lend);
  yield* shmem_recalc_inode(c, inode, 0, -nr_swaps_freed);
}

/** First pass: what can be locked at once. @returns swap entries freed */
function* free_what_is_not_busy(c: Vcpu, mapping: Ptr, start: number, end: number): Code<number> {
  let freed = 0;
  for (let index = start; index < end; ) {
    const { entries, indices } = yield* find_lock_entries(c, mapping, index, end - 1);
    if (entries.length === 0) break;
    for (let i = 0; i < entries.length; i++) {
      index = indices[i]! + 1;
      if (xa_is_value(entries[i]!)) {
        if ((yield* shmem_free_swap(c, mapping, indices[i]!, entries[i]!)) === 0) freed++;
        continue;
      }
      const folio = entries[i] as Ptr;
      index = indexOf(c, folio) + compound_nr(c, folio);
      yield* truncate_inode_folio(c, mapping, folio);
      yield* folio_unlock(c, folio);
      yield* folio_put(c, folio);
    }
  }
  return freed;
}

/** Second pass: whatever is left, waited for. A truncation begins again until it finds nothing. @returns swap entries freed */
function* free_the_rest(c: Vcpu, mapping: Ptr, start: number, end: number, lstart: number, lend: number): Code<number> {
  let freed = 0;
  let index = start;
  while (index < end) {
    const { entries, indices } = yield* find_get_entries(c, mapping, index, end - 1);
    if (entries.length === 0) {
      if (index === start || end !== 0xffffffff) break;
      index = start;
      continue;
    }
    let again = -1;
    for (let i = 0; i < entries.length; i++) {
      if (xa_is_value(entries[i]!)) {
        if (again >= 0) continue;
        index = indices[i]! + 1;
        if ((yield* shmem_free_swap(c, mapping, indices[i]!, entries[i]!)) === 0) freed++;
        else again = indices[i]!;
        continue;
      }
      const folio = entries[i] as Ptr;
      if (again < 0) {
        again = yield* free_one(c, mapping, folio, indices[i]!, start, lstart, lend);
        if (again < 0) index = indices[i]! + compound_nr(c, folio);
      }
      yield* folio_put(c, folio);
    }
    if (again >= 0) index = again;
  }
  return freed;
}

/** @returns -1, or the index to go on from: the folio has been swapped out meanwhile, or split */
function* free_one(c: Vcpu, mapping: Ptr, folio: Ptr, index: number, start: number, lstart: number, lend: number): Code<number> {
  let again = -1;
  yield* folio_lock(c, folio);
  if (peek(c, at(folio, page.mapping)) !== mapping) again = index;
  else if (compound_order(c, folio) === 0) yield* truncate_inode_folio(c, mapping, folio);
  else {
    yield* truncate_inode_partial_folio(c, folio, lstart, lend);
    if (compound_order(c, folio) === 0 && peek(c, at(folio, page.mapping)) === mapping) again = start;
  }
  yield* folio_unlock(c, folio);
  return again;
}
