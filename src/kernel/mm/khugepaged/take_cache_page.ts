// SPDX-License-Identifier: GPL-2.0-only
/**
 * One small page of a file is locked, taken off the LRU and unmapped everywhere. Linux v6.6: mm/khugepaged.c, the body of the first loop of
 * collapse_file().
 * left out: readahead and writeback, which no file of the lab has; buffers (filemap_release_folio()) but for the flag that says that there are some.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_ORDER } from '../../arch/x86/include/asm/pgtable_types.ts';
import { compound_head, compound_order, nth_page } from '../../include/linux/mm/page.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { folio_mapped, get_page } from '../../include/linux/page_ref.ts';
import { PageCompound, PageDirty, PagePrivate, PageUptodate, PageWriteback } from '../../include/linux/page-flags.ts';
import { folio_index } from '../../include/linux/pagemap.ts';
import { TTU_BATCH_FLUSH, TTU_IGNORE_MLOCK } from '../../include/linux/rmap.ts';
import { SGP_NOALLOC } from '../../include/linux/shmem_fs.ts';
import { xa_is_value, xas_unlock } from '../../include/linux/xarray.ts';
import { IS_ERR } from '../../include/uapi/asm-generic/errno.ts';
import { since } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { find_lock_page } from '../filemap/filemap_get_folio.ts';
import { folio_trylock, folio_unlock } from '../filemap/folio_lock.ts';
import { try_to_unmap } from '../rmap/try_to_unmap.ts';
import { shmem_get_folio } from '../shmem/shmem_get_folio.ts';
import { lru_add_drain } from '../swap/lru_add_drain.ts';
import { put_page } from '../swap/put_page.ts';
import { folio_isolate_lru, folio_putback_lru } from '../vmscan/isolate_lru_page.ts';
import type { file_collapse } from './file_collapse.ts';
import {
  SCAN_DEL_PAGE_LRU,
  SCAN_FAIL,
  SCAN_PAGE_COMPOUND,
  SCAN_PAGE_HAS_PRIVATE,
  SCAN_PAGE_LOCK,
  SCAN_PTE_MAPPED_HUGEPAGE,
  SCAN_SUCCEED,
  SCAN_TRUNCATED,
} from './scan_result.ts';

/**
 * The xarray is locked, and is not on return. @param entry what it has at `index`; only a file of shmem has every hole dealt with before.
 * @returns a result code; on SCAN_SUCCEED the page is in c.out
 */
export function* take_cache_page(c: Vcpu, s: file_collapse, index: number, entry: number): Code<number> {
  const found = s.is_shmem ? yield* lock_shmem_page(c, s, index, entry) : yield* lock_file_page(c, s, index, entry);
  if (found !== SCAN_SUCCEED) return found;
  const page = c.out as Ptr;
  const result = yield* isolate_cache_page(c, s, page);
  if (result !== SCAN_SUCCEED) {
    yield* folio_unlock(c, page);
    yield* put_page(c, page);
    return result;
  }
  c.out = page;
  return SCAN_SUCCEED;
}

function* lock_shmem_page(c: Vcpu, s: file_collapse, index: number, entry: number): Code<number> {
  if (!xa_is_value(entry) && (yield* PageUptodate(c, entry as Ptr))) return yield* trylock_entry(c, s, entry as Ptr);
  yield* xas_unlock(c, s.xas);
  // Swapped out, or made by fallocate() and never written.
  const folio = yield* shmem_get_folio(c, s.host, index, SGP_NOALLOC);
  if (IS_ERR(folio)) return SCAN_FAIL;
  if (since(c, 'efa3d814fad1')) yield* lru_add_drain(c); // it would not be found on the LRU
  c.out = nth_page(c, folio as Ptr, index - folio_index(c, folio as Ptr));
  return SCAN_SUCCEED;
}

function* lock_file_page(c: Vcpu, s: file_collapse, index: number, entry: number): Code<number> {
  if (entry === NULL || xa_is_value(entry)) {
    yield* xas_unlock(c, s.xas);
    yield* lru_add_drain(c);
    const page = yield* find_lock_page(c, s.mapping, index);
    c.out = page;
    return page === NULL ? SCAN_FAIL : SCAN_SUCCEED;
  }
  // Nobody writes to the file any more, but not everything has been written back.
  if ((yield* PageDirty(c, entry as Ptr)) || (yield* PageWriteback(c, entry as Ptr))) {
    yield* xas_unlock(c, s.xas);
    return SCAN_FAIL;
  }
  return yield* trylock_entry(c, s, entry as Ptr);
}

/** Under the xarray's lock the page cannot go away. */
function* trylock_entry(c: Vcpu, s: file_collapse, page: Ptr): Code<number> {
  const locked = yield* folio_trylock(c, yield* compound_head(c, page));
  if (locked) yield* get_page(c, page);
  yield* xas_unlock(c, s.xas);
  c.out = page;
  return locked ? SCAN_SUCCEED : SCAN_PAGE_LOCK;
}

/** The page is locked, so truncation cannot take it away. */
function* isolate_cache_page(c: Vcpu, s: file_collapse, page: Ptr): Code<number> {
  if (!(yield* PageUptodate(c, page))) return SCAN_FAIL;
  // A huge page may be there by now: that shows at the first index.
  if (yield* PageCompound(c, page)) {
    const head = yield* compound_head(c, page);
    const whole = compound_order(c, head) === HPAGE_PMD_ORDER && folio_index(c, head) === s.start;
    return whole ? SCAN_PTE_MAPPED_HUGEPAGE : SCAN_PAGE_COMPOUND;
  }
  if (peek(c, at(page, struct_page.mapping)) !== s.mapping) return SCAN_TRUNCATED;
  if (!s.is_shmem && ((yield* PageDirty(c, page)) || (yield* PageWriteback(c, page)))) return SCAN_FAIL;
  if (!(yield* folio_isolate_lru(c, page))) return SCAN_DEL_PAGE_LRU;
  if (yield* PagePrivate(c, page)) {
    yield* folio_putback_lru(c, page);
    return SCAN_PAGE_HAS_PRIVATE;
  }
  if (yield* folio_mapped(c, page)) yield* try_to_unmap(c, page, TTU_IGNORE_MLOCK | TTU_BATCH_FLUSH);
  return SCAN_SUCCEED;
}
