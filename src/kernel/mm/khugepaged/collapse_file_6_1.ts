// SPDX-License-Identifier: GPL-2.0-only
/**
 * collapse_file() before v6.4: the huge page goes into the page cache slot by slot while the small ones are taken, each with its reference count frozen.
 * Linux v6.1: mm/khugepaged.c, collapse_file().
 */
import { mfence, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_NR, HPAGE_PMD_ORDER } from '../../arch/x86/include/asm/pgtable_types.ts';
import { inode_is_open_for_write } from '../../include/linux/fs.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { folio_ref_add, page_ref_freeze, page_ref_unfreeze } from '../../include/linux/page_ref.ts';
import { ClearPageActive, ClearPageUnevictable, SetPageDirty, SetPageUptodate } from '../../include/linux/page-flags.ts';
import { filemap_nr_thps_dec, filemap_nr_thps_inc, folio_index, mapping_add_nrpages } from '../../include/linux/pagemap.ts';
import { mod_node_page_state, NR_FILE_PAGES, NR_FILE_THPS, NR_SHMEM, NR_SHMEM_THPS } from '../../include/linux/vmstat.ts';
import { xas_error, xas_lock, xas_set, xas_set_order, xas_unlock } from '../../include/linux/xarray.ts';
import { xas_find, xas_next, xas_next_entry, xas_pause } from '../../lib/xarray/xas_find.ts';
import { xas_load } from '../../lib/xarray/xas_load.ts';
import { xas_store } from '../../lib/xarray/xas_store.ts';
import { at } from '../../struct.ts';
import { folio_unlock } from '../filemap/folio_lock.ts';
import { try_to_unmap_flush } from '../rmap/try_to_unmap_flush.ts';
import { shmem_charge, shmem_uncharge } from '../shmem/shmem_charge.ts';
import { folio_add_lru } from '../swap/folio_add_lru.ts';
import { put_page } from '../swap/put_page.ts';
import { putback_lru_page } from '../vmscan/isolate_lru_page.ts';
import { copy_small_pages } from './copy_small_pages.ts';
import { create_range, type file_collapse } from './file_collapse.ts';
import { retract_page_tables_6_5 } from './retract_page_tables_6_5.ts';
import { SCAN_FAIL, SCAN_PAGE_COUNT, SCAN_STORE_FAILED, SCAN_SUCCEED, SCAN_TRUNCATED } from './scan_result.ts';
import { take_cache_page } from './take_cache_page.ts';

/** @returns a result code, that of the caller's own table if the collapse succeeded */
export function* collapse_file_6_1(c: Vcpu, s: file_collapse): Code<number> {
  const { hpage } = s;
  let result = SCAN_FAIL;
  if (yield* create_range(c, s.xas)) {
    result = yield* exchange_pages(c, s);
    yield* try_to_unmap_flush(c); // before anything is copied
    if (result !== SCAN_SUCCEED) yield* rollback(c, s);
  }
  if (result !== SCAN_SUCCEED) {
    poke(c, at(hpage, struct_page.mapping), NULL);
    yield* folio_unlock(c, hpage);
    yield* put_page(c, hpage);
    return result;
  }
  yield* copy_small_pages(c, s);
  for (const page of s.pagelist) yield* free_small_page(c, page);
  yield* SetPageUptodate(c, hpage);
  yield* folio_ref_add(c, hpage, HPAGE_PMD_NR - 1);
  if (s.is_shmem) yield* SetPageDirty(c, hpage);
  yield* folio_add_lru(c, hpage);
  result = yield* retract_page_tables_6_5(c, s.mapping, s.start, s.mm, s.addr, hpage, s.cc);
  yield* folio_unlock(c, hpage);
  return result;
}

function* free_small_page(c: Vcpu, page: Ptr): Code {
  poke(c, at(page, struct_page.mapping), NULL);
  yield* page_ref_unfreeze(c, page, 1);
  yield* ClearPageActive(c, page);
  yield* ClearPageUnevictable(c, page);
  yield* folio_unlock(c, page);
  yield* put_page(c, page);
}

/** The xarray is locked, and is not on return. On success one entry holds the huge page. */
function* exchange_pages(c: Vcpu, s: file_collapse): Code<number> {
  xas_set(s.xas, s.start);
  for (let index = s.start; index < s.end; index++) {
    const entry = yield* xas_next(c, s.xas);
    if (s.is_shmem && entry === NULL) {
      const result = yield* fill_hole(c, s, index);
      if (result === SCAN_SUCCEED) continue;
      yield* xas_unlock(c, s.xas);
      return result;
    }
    const taken = yield* take_cache_page(c, s, index, entry);
    if (taken !== SCAN_SUCCEED) return taken;
    const page = c.out as Ptr;
    yield* xas_lock(c, s.xas);
    xas_set(s.xas, index);
    yield* xas_load(c, s.xas);
    // Of the page cache, of the isolation, and the one taken here: with all of them gone nobody gets another.
    if (!(yield* page_ref_freeze(c, page, 3))) {
      yield* xas_unlock(c, s.xas);
      yield* putback_lru_page(c, page);
      yield* folio_unlock(c, page);
      yield* put_page(c, page);
      return SCAN_PAGE_COUNT;
    }
    s.pagelist.push(page);
    yield* xas_store(c, s.xas, s.hpage);
  }
  const result = yield* count_and_join(c, s);
  yield* xas_unlock(c, s.xas);
  return result;
}

/** Charged one by one. The xarray stays locked. */
function* fill_hole(c: Vcpu, s: file_collapse, index: number): Code<number> {
  if (index === s.start) {
    if ((yield* xas_next_entry(c, s.xas, s.end - 1)) === NULL) return SCAN_TRUNCATED;
    xas_set(s.xas, index);
  }
  yield* shmem_charge(c, s.host, 1);
  yield* xas_store(c, s.xas, s.hpage);
  if (xas_error(s.xas) !== 0) {
    yield* mapping_add_nrpages(c, s.mapping, -1);
    yield* shmem_uncharge(c, s.host, 1);
    return SCAN_STORE_FAILED;
  }
  s.nr_none++;
  return SCAN_SUCCEED;
}

function* count_and_join(c: Vcpu, s: file_collapse): Code<number> {
  if (s.is_shmem) mod_node_page_state(c, NR_SHMEM_THPS, HPAGE_PMD_NR);
  else {
    yield* filemap_nr_thps_inc(c, s.mapping);
    yield* mfence(c); // Pairs with the smp_mb() of do_dentry_open()
    if (yield* inode_is_open_for_write(c, s.host)) {
      yield* filemap_nr_thps_dec(c, s.mapping);
      return SCAN_FAIL;
    }
    mod_node_page_state(c, NR_FILE_THPS, HPAGE_PMD_NR);
  }
  mod_node_page_state(c, NR_FILE_PAGES, s.nr_none);
  mod_node_page_state(c, NR_SHMEM, s.nr_none);
  xas_set_order(s.xas, s.start, HPAGE_PMD_ORDER);
  yield* xas_store(c, s.xas, s.hpage);
  return SCAN_SUCCEED;
}

/** Every slot gets back what it had. */
function* rollback(c: Vcpu, s: file_collapse): Code {
  yield* xas_lock(c, s.xas);
  if (s.nr_none > 0) {
    yield* mapping_add_nrpages(c, s.mapping, -s.nr_none);
    yield* shmem_uncharge(c, s.host, s.nr_none);
  }
  xas_set(s.xas, s.start);
  let next = 0;
  for (let entry = yield* xas_find(c, s.xas, s.end - 1); entry !== NULL; entry = yield* xas_next_entry(c, s.xas, s.end - 1)) {
    const page = s.pagelist[next] ?? NULL;
    if (page === NULL || s.xas.xa_index < folio_index(c, page)) {
      if (s.nr_none === 0) break;
      s.nr_none--;
      yield* xas_store(c, s.xas, NULL);
      continue;
    }
    next++;
    yield* page_ref_unfreeze(c, page, 2);
    yield* xas_store(c, s.xas, page);
    yield* xas_pause(c, s.xas);
    yield* xas_unlock(c, s.xas);
    yield* folio_unlock(c, page);
    yield* putback_lru_page(c, page);
    yield* xas_lock(c, s.xas);
  }
  yield* xas_unlock(c, s.xas);
}
