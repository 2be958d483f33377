// SPDX-License-Identifier: GPL-2.0-only
/**
 * Holes of a file that become zeros of the huge page. Linux v6.6: mm/khugepaged.c, collapse_file(), from `if (nr_none)` on.
 *
 * Retry entries hold everybody up who looks for a page, so that none is filled, and nobody sees one missing, from the check on until the huge page
 * is there. ac492b9c70ca: a user who was promised to be asked for missing pages must be asked.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL } from '../../../../mmu/types.ts';
import { guard, on } from '../../guard.ts';
import { userfaultfd_missing } from '../../include/linux/userfaultfd_k.ts';
import { XA_RETRY_ENTRY, xas_error, xas_lock, xas_set, xas_unlock } from '../../include/linux/xarray.ts';
import { since } from '../../kernel.ts';
import { xas_next } from '../../lib/xarray/xas_find.ts';
import { xas_store } from '../../lib/xarray/xas_store.ts';
import { i_mmap_lock_read, i_mmap_unlock_read, vma_interval_tree_iter_next } from '../interval_tree/i_mmap.ts';
import type { file_collapse } from './file_collapse.ts';
import { SCAN_EXCEED_NONE_PTE, SCAN_PAGE_FILLED, SCAN_STORE_FAILED, SCAN_SUCCEED } from './scan_result.ts';

export const retry_entries = guard('retry-entries', 'retry entries in the holes of a file that collapses', 'mm/khugepaged.c');

/** @returns a result code; the xarray is locked on SCAN_SUCCEED only, and on failure the holes are holes again */
export function* close_holes(c: Vcpu, s: file_collapse): Code<number> {
  if (s.nr_none === 0) {
    yield* xas_lock(c, s.xas);
    return SCAN_SUCCEED;
  }
  yield* i_mmap_lock_read(c, s.mapping);
  yield* xas_lock(c, s.xas);
  let result = on(c, retry_entries) ? yield* put_retry_entries(c, s) : SCAN_SUCCEED;
  if (result === SCAN_SUCCEED && since(c, 'ac492b9c70ca') && userfaultfd_misses(c, s)) result = SCAN_EXCEED_NONE_PTE;
  yield* i_mmap_unlock_read(c, s.mapping);
  if (result === SCAN_SUCCEED) return SCAN_SUCCEED;
  xas_set(s.xas, s.start);
  for (let index = s.start; index < s.end; index++) {
    if ((yield* xas_next(c, s.xas)) === XA_RETRY_ENTRY) yield* xas_store(c, s.xas, NULL);
  }
  yield* xas_unlock(c, s.xas);
  return result;
}

function* put_retry_entries(c: Vcpu, s: file_collapse): Code<number> {
  let nr_none_check = 0;
  xas_set(s.xas, s.start);
  for (let index = s.start; index < s.end; index++) {
    if ((yield* xas_next(c, s.xas)) !== NULL) continue;
    yield* xas_store(c, s.xas, XA_RETRY_ENTRY);
    if (xas_error(s.xas) !== 0) return SCAN_STORE_FAILED;
    nr_none_check++;
  }
  return nr_none_check === s.nr_none ? SCAN_SUCCEED : SCAN_PAGE_FILLED;
}

/** Is anybody registered for missing pages of the range? Who registers later cannot have seen one missing. */
function userfaultfd_misses(c: Vcpu, s: file_collapse): boolean {
  for (
    let vma = vma_interval_tree_iter_next(c, s.mapping, NULL, s.start, s.end);
    vma !== NULL;
    vma = vma_interval_tree_iter_next(c, s.mapping, vma, s.start, s.end)
  )
    if (userfaultfd_missing(c, vma)) return true;
  return false;
}
