// SPDX-License-Identifier: GPL-2.0-only
/**
 * The small pages of a file become a huge one. Linux v6.6: mm/khugepaged.c, collapse_file().
 *
 * The small pages stay in the page cache until the huge page is a full copy of them. Their locks keep everybody out meanwhile: who finds one has to
 * lock it before it is mapped, and finds afterwards that it is in the file no more.
 */
import { mfence, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_NR, HPAGE_PMD_ORDER } from '../../arch/x86/include/asm/pgtable_types.ts';
import { guard, on } from '../../guard.ts';
import { inode_is_open_for_write } from '../../include/linux/fs.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { folio_ref_add, page_count } from '../../include/linux/page_ref.ts';
import { ClearPageActive, ClearPageUnevictable, SetPageDirty, SetPageUptodate } from '../../include/linux/page-flags.ts';
import { filemap_nr_thps_dec, filemap_nr_thps_inc, mapping_add_nrpages } from '../../include/linux/pagemap.ts';
import { mod_node_page_state, NR_FILE_PAGES, NR_FILE_THPS, NR_SHMEM, NR_SHMEM_THPS } from '../../include/linux/vmstat.ts';
import { xas_lock, xas_set, xas_set_order, xas_unlock } from '../../include/linux/xarray.ts';
import { trace_mm_khugepaged_collapse_file } from '../../include/trace/events/huge_memory.ts';
import { kernelOf, since } from '../../kernel.ts';
import { xas_next_entry } from '../../lib/xarray/xas_find.ts';
import { xas_load } from '../../lib/xarray/xas_load.ts';
import { xas_store } from '../../lib/xarray/xas_store.ts';
import { at } from '../../struct.ts';
import { folio_unlock } from '../filemap/folio_lock.ts';
import { try_to_unmap_flush } from '../rmap/try_to_unmap_flush.ts';
import { shmem_charge, shmem_uncharge } from '../shmem/shmem_charge.ts';
import { folio_add_lru } from '../swap/folio_add_lru.ts';
import { folio_put_refs, put_page } from '../swap/put_page.ts';
import { putback_lru_page } from '../vmscan/isolate_lru_page.ts';
import { alloc_charge_hpage } from './alloc_charge_hpage.ts';
import { close_holes } from './close_holes.ts';
import type { collapse_control } from './collapse_control.ts';
import { collapse_file_6_1 } from './collapse_file_6_1.ts';
import { copy_small_pages } from './copy_small_pages.ts';
import { create_range, type file_collapse, start_file_collapse } from './file_collapse.ts';
import { retract_page_tables_6_5 } from './retract_page_tables_6_5.ts';
import { SCAN_COPY_MC, SCAN_FAIL, SCAN_PAGE_COUNT, SCAN_PTE_MAPPED_HUGEPAGE, SCAN_SUCCEED, SCAN_TRUNCATED } from './scan_result.ts';
import { take_cache_page } from './take_cache_page.ts';

export const unmap_flush = guard('collapse-unmap-flush', 'try_to_unmap_flush() before pages of a file are copied', 'mm/khugepaged.c');
export const collapse_page_count = guard(
  'collapse-page-count',
  'the count of references to each page that is to be copied',
  'mm/khugepaged.c',
);

/** No mmap_lock is held. @param start page offset of the range. @returns a result code */
export function* collapse_file(c: Vcpu, mm: Ptr, addr: number, file: Ptr, start: number, cc: collapse_control): Code<number> {
  const allocated = yield* alloc_charge_hpage(c, mm, cc);
  const hpage = (allocated === SCAN_SUCCEED ? c.out : NULL) as Ptr;
  let result = allocated;
  let is_shmem = false;
  if (allocated === SCAN_SUCCEED) {
    const s = yield* start_file_collapse(c, mm, addr, file, start, cc, hpage);
    is_shmem = s.is_shmem;
    if (!since(c, '12904d953364')) return yield* collapse_file_6_1(c, s);
    result = yield* collapse_locked(c, s);
  }
  if (since(c, '4c9473e87e75'))
    trace_mm_khugepaged_collapse_file(c, mm, hpage, start + HPAGE_PMD_NR, addr, is_shmem, file, HPAGE_PMD_NR, result);
  return result;
}

function* collapse_locked(c: Vcpu, s: file_collapse): Code<number> {
  let result = (yield* create_range(c, s.xas)) ? yield* take_pages(c, s) : SCAN_FAIL;
  // Before anything is copied nobody may write through an old translation any more. On failure it clears the state.
  if (on(c, unmap_flush)) yield* try_to_unmap_flush(c);
  const charge = since(c, '509f006932de'); // before that one by one, under the xarray's lock
  if (charge && result === SCAN_SUCCEED && s.nr_none > 0) yield* shmem_charge(c, s.host, s.nr_none);
  if (result !== SCAN_SUCCEED) {
    if (charge) s.nr_none = 0;
    yield* rollback(c, s, result);
    return result;
  }
  result = yield* copy_small_pages(c, s);
  if (result === SCAN_SUCCEED) result = yield* close_holes(c, s);
  if (result !== SCAN_SUCCEED) {
    yield* rollback(c, s, result);
    return result;
  }
  return yield* finish(c, s);
}

/** The xarray is locked, and is not on return. */
function* take_pages(c: Vcpu, s: file_collapse): Code<number> {
  for (let index = s.start; index < s.end; index++) {
    xas_set(s.xas, index);
    const entry = yield* xas_load(c, s.xas);
    if (s.is_shmem && entry === NULL) {
      // Truncated meanwhile, and nothing left?
      if (index === s.start && (yield* xas_next_entry(c, s.xas, s.end - 1)) === NULL) {
        yield* xas_unlock(c, s.xas);
        return SCAN_TRUNCATED;
      }
      if (!since(c, '509f006932de')) yield* shmem_charge(c, s.host, 1);
      s.nr_none++;
      continue;
    }
    const taken = yield* take_cache_page(c, s, index, entry);
    if (taken !== SCAN_SUCCEED) return taken;
    const page = c.out as Ptr;
    yield* xas_lock(c, s.xas);
    // Of the page cache, of the isolation, and this one: whoever wants another has to find it in the cache and lock it.
    if (on(c, collapse_page_count) && (yield* page_count(c, page)) !== 3) {
      yield* xas_unlock(c, s.xas);
      yield* putback_lru_page(c, page);
      yield* folio_unlock(c, page);
      yield* put_page(c, page);
      return SCAN_PAGE_COUNT;
    }
    s.pagelist.push(page);
  }
  const result = s.is_shmem ? SCAN_SUCCEED : yield* count_file_thp(c, s);
  yield* xas_unlock(c, s.xas);
  return result;
}

/** Pairs with the smp_mb() of do_dentry_open(): either the writer is seen here, or the writer sees that there are huge pages to throw out. */
function* count_file_thp(c: Vcpu, s: file_collapse): Code<number> {
  yield* filemap_nr_thps_inc(c, s.mapping);
  yield* mfence(c);
  if (!(yield* inode_is_open_for_write(c, s.host))) return SCAN_SUCCEED;
  yield* filemap_nr_thps_dec(c, s.mapping);
  return SCAN_FAIL;
}

/** The xarray is locked, and is not on return: one entry for all, and everybody who waits for the small pages goes on. */
function* finish(c: Vcpu, s: file_collapse): Code<number> {
  const { hpage } = s;
  count_huge_file_page(c, s);
  // Before it can be found: it must not be taken for a page that fallocate() made.
  yield* SetPageUptodate(c, hpage);
  yield* folio_ref_add(c, hpage, HPAGE_PMD_NR - 1);
  if (s.is_shmem) yield* SetPageDirty(c, hpage);
  yield* folio_add_lru(c, hpage);
  xas_set_order(s.xas, s.start, HPAGE_PMD_ORDER);
  yield* xas_store(c, s.xas, hpage);
  yield* xas_unlock(c, s.xas);
  const result = yield* retract(c, s);
  yield* folio_unlock(c, hpage);
  for (const page of s.pagelist) {
    poke(c, at(page, struct_page.mapping), NULL);
    yield* ClearPageActive(c, page);
    yield* ClearPageUnevictable(c, page);
    yield* folio_unlock(c, page);
    yield* folio_put_refs(c, page, 3);
  }
  return result;
}

/** As v6.5 did, or as 1d65b771bc08 made it: since then it is not told for whom, and MADV_COLLAPSE goes on to collapse_pte_mapped_thp(). */
function* retract(c: Vcpu, s: file_collapse): Code<number> {
  if (!since(c, '1d65b771bc08')) return yield* retract_page_tables_6_5(c, s.mapping, s.start, s.mm, s.addr, s.hpage, s.cc);
  yield* kernelOf(c).fns.retract_page_tables(c, s.mapping, s.start);
  return s.cc.is_khugepaged ? SCAN_SUCCEED : SCAN_PTE_MAPPED_HUGEPAGE;
}

/** nr_none is 0 for other files. */
export function count_huge_file_page(c: Vcpu, s: file_collapse): void {
  mod_node_page_state(c, s.is_shmem ? NR_SHMEM_THPS : NR_FILE_THPS, HPAGE_PMD_NR);
  if (s.nr_none === 0) return;
  mod_node_page_state(c, NR_FILE_PAGES, s.nr_none);
  mod_node_page_state(c, NR_SHMEM, s.nr_none);
}

/** The page cache has not been changed; the pages are given back, and the huge page is dropped. */
function* rollback(c: Vcpu, s: file_collapse, result: number): Code {
  if (s.nr_none > 0) {
    yield* xas_lock(c, s.xas);
    yield* mapping_add_nrpages(c, s.mapping, -s.nr_none);
    yield* xas_unlock(c, s.xas);
    yield* shmem_uncharge(c, s.host, s.nr_none);
  }
  for (const page of s.pagelist) {
    yield* folio_unlock(c, page);
    yield* putback_lru_page(c, page);
    yield* put_page(c, page);
  }
  if (!s.is_shmem && result === SCAN_COPY_MC) {
    yield* filemap_nr_thps_dec(c, s.mapping);
    yield* mfence(c); // Pairs with do_dentry_open()
  }
  poke(c, at(s.hpage, struct_page.mapping), NULL);
  yield* folio_unlock(c, s.hpage);
  yield* put_page(c, s.hpage);
}
