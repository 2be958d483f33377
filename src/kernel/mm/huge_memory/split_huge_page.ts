// SPDX-License-Identifier: GPL-2.0-only
/**
 * A huge page becomes 512 pages. Linux v6.6: mm/huge_memory.c, split_huge_page_to_list(), can_split_folio(), unmap_folio(), remap_page().
 *
 * It is unmapped everywhere; if then nobody but the caller and the page cache has a reference, all are taken at once, so that nobody gets a new
 * one while it is split. The caller holds the folio lock and a reference.
 * left out: huge pages in the swap cache (THP_SWAP is x86-64 only), filesystems with private data.
 */

import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { PAGE_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { i_size_read, mapping_host } from '../../include/linux/fs.ts';
import { local_irq_restore, local_irq_save } from '../../include/linux/irqflags.ts';
import { compound_order, folio_nr_pages, nth_page, page_folio } from '../../include/linux/mm/page.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { folio_mapcount, folio_ref_count, page_ref_freeze } from '../../include/linux/page_ref.ts';
import { PageAnon, PageSwapBacked, PageWriteback } from '../../include/linux/page-flags.ts';
import { filemap_nr_thps_dec } from '../../include/linux/pagemap.ts';
import { anon_vma_lock_write, anon_vma_unlock_write } from '../../include/linux/rmap/anon_vma_lock.ts';
import { TTU_IGNORE_MLOCK, TTU_RMAP_LOCKED, TTU_SPLIT_HUGE_PMD, TTU_SYNC } from '../../include/linux/rmap.ts';
import { count_vm_event, mod_node_page_state } from '../../include/linux/vmstat.ts';
import { NR_FILE_THPS, NR_SHMEM_THPS, THP_SPLIT_PAGE, THP_SPLIT_PAGE_FAILED } from '../../include/linux/vmstat-items.ts';
import { XA_STATE, type xa_state, xas_error, xas_lock, xas_reset, xas_unlock } from '../../include/linux/xarray.ts';
import { EAGAIN, EBUSY } from '../../include/uapi/asm-generic/errno.ts';
import { xas_destroy } from '../../lib/xarray/node.ts';
import { xas_load } from '../../lib/xarray/xas_load.ts';
import { xas_split, xas_split_alloc } from '../../lib/xarray/xas_split.ts';
import { at } from '../../struct.ts';
import { i_mmap_lock_read, i_mmap_unlock_read } from '../interval_tree/i_mmap.ts';
import { remove_migration_ptes } from '../migrate/remove_migration_ptes.ts';
import { put_anon_vma } from '../rmap/anon_vma_chain.ts';
import { folio_get_anon_vma } from '../rmap/folio_lock_anon_vma_read.ts';
import { try_to_migrate } from '../rmap/try_to_migrate.ts';
import { try_to_unmap } from '../rmap/try_to_unmap.ts';
import { shmem_uncharge } from '../shmem/shmem_charge.ts';
import { __split_huge_page, release_split_pages } from './__split_huge_page.ts';
import { lock_split_queue, unlock_split_queue, unqueue_split } from './deferred_split_folio.ts';
import { is_huge_zero_page } from './huge_zero_page.ts';

/** References beyond mappings and the caller's are in c.out. @returns whether nobody else has one */
export function* can_split_folio(c: Vcpu, folio: Ptr): Code<boolean> {
  const extra_pins = PageAnon(c, folio) ? 0 : folio_nr_pages(c, folio);
  const ok = (yield* folio_mapcount(c, folio)) === (yield* folio_ref_count(c, folio)) - extra_pins - 1;
  c.out = extra_pins;
  return ok;
}

export function* split_huge_page(c: Vcpu, page: Ptr): Code<number> {
  return yield* split_huge_page_to_list(c, page, null);
}

export function* split_folio(c: Vcpu, folio: Ptr): Code<number> {
  return yield* split_huge_page_to_list(c, folio, null);
}

/**
 * @param page the one that stays locked and referenced for the caller
 * @param list gets the other pages, with a reference each, instead of the LRU list
 * @returns 0; -EBUSY: it can never be split now; -EAGAIN: somebody has a reference
 */
export function* split_huge_page_to_list(c: Vcpu, page: Ptr, list: Ptr[] | null): Code<number> {
  const folio = yield* page_folio(c, page);
  const ret = PageAnon(c, folio) ? yield* split_anon(c, folio, page, list) : yield* split_file(c, folio, page, list);
  count_vm_event(c, ret === 0 ? THP_SPLIT_PAGE : THP_SPLIT_PAGE_FAILED);
  return ret;
}

function* split_anon(c: Vcpu, folio: Ptr, page: Ptr, list: Ptr[] | null): Code<number> {
  if (is_huge_zero_page(c, folio) || (yield* PageWriteback(c, folio))) return -EBUSY;
  const anon_vma = yield* folio_get_anon_vma(c, folio);
  if (anon_vma === NULL) return -EBUSY; // the process is gone
  yield* anon_vma_lock_write(c, anon_vma);
  const ret = yield* unmap_and_split(c, folio, page, list, NULL, Number.MAX_SAFE_INTEGER);
  yield* anon_vma_unlock_write(c, anon_vma);
  yield* put_anon_vma(c, anon_vma);
  return ret;
}

function* split_file(c: Vcpu, folio: Ptr, page: Ptr, list: Ptr[] | null): Code<number> {
  const mapping = peek(c, at(folio, struct_page.mapping)) as Ptr;
  if (mapping === NULL || (yield* PageWriteback(c, folio))) return -EBUSY;
  yield* i_mmap_lock_read(c, mapping);
  // The folio lock keeps i_size from falling past it; from growing it, i_rwsem would: then a few pages go that need not.
  const end = Math.ceil((yield* i_size_read(c, mapping_host(c, mapping))) / PAGE_SIZE);
  const ret = yield* unmap_and_split(c, folio, page, list, mapping, end);
  yield* i_mmap_unlock_read(c, mapping);
  return ret;
}

/** @param end pages of the file from this one on lie behind its end */
function* unmap_and_split(c: Vcpu, folio: Ptr, page: Ptr, list: Ptr[] | null, mapping: Ptr, end: number): Code<number> {
  const order = compound_order(c, folio);
  const xas = XA_STATE(mapping, mapping === NULL ? 0 : peek(c, at(folio, struct_page.index)));
  if (mapping !== NULL) {
    yield* xas_split_alloc(c, xas, folio, order);
    if (xas_error(xas) !== 0) {
      yield* xas_destroy(c, xas);
      return xas_error(xas);
    }
  }
  const ret = yield* split_unmapped(c, folio, page, list, mapping, end, xas);
  if (mapping !== NULL) yield* xas_destroy(c, xas);
  return ret;
}

function* split_unmapped(c: Vcpu, folio: Ptr, page: Ptr, list: Ptr[] | null, mapping: Ptr, end: number, xas: xa_state): Code<number> {
  const order = compound_order(c, folio);
  if (!(yield* can_split_folio(c, folio))) return -EAGAIN; // before anything is unmapped
  const extra_pins = c.out;
  yield* unmap_folio(c, folio);
  const flags = yield* local_irq_save(c);
  if (mapping !== NULL) yield* xas_lock(c, xas);
  const there = mapping === NULL || (yield* still_cached(c, xas, folio));
  const frozen = there && (yield* freeze_folio(c, folio, extra_pins));
  if (frozen && mapping !== NULL) {
    yield* xas_split(c, xas, folio, order);
    yield* account_file_split(c, folio, mapping);
  }
  const dropped = frozen ? yield* __split_huge_page(c, folio, list, mapping, end) : 0;
  if (mapping !== NULL) yield* xas_unlock(c, xas);
  yield* local_irq_restore(c, flags);
  if (dropped > 0) yield* shmem_uncharge(c, mapping_host(c, mapping), dropped);
  yield* remap_page(c, folio, frozen ? 1 << order : 0);
  if (!frozen) return -EAGAIN;
  yield* release_split_pages(c, folio, page, 1 << order);
  return 0;
}

function* still_cached(c: Vcpu, xas: xa_state, folio: Ptr): Code<boolean> {
  xas_reset(xas);
  return (yield* xas_load(c, xas)) === folio;
}

/** The lock keeps deferred_split_scan() from the count. @returns whether all references are taken */
function* freeze_folio(c: Vcpu, folio: Ptr, extra_pins: number): Code<boolean> {
  yield* lock_split_queue(c);
  const frozen = yield* page_ref_freeze(c, folio, 1 + extra_pins);
  if (frozen) unqueue_split(c, folio);
  yield* unlock_split_queue(c);
  return frozen;
}

function* account_file_split(c: Vcpu, folio: Ptr, mapping: Ptr): Code {
  const nr = folio_nr_pages(c, folio);
  if (yield* PageSwapBacked(c, folio)) mod_node_page_state(c, NR_SHMEM_THPS, -nr);
  else {
    mod_node_page_state(c, NR_FILE_THPS, -nr);
    yield* filemap_nr_thps_dec(c, mapping);
  }
}

/** Anonymous pages leave migration entries behind; of a file nothing: faults find it again. */
function* unmap_folio(c: Vcpu, folio: Ptr): Code {
  const ttu_flags = TTU_RMAP_LOCKED | TTU_SPLIT_HUGE_PMD | TTU_SYNC;
  if (PageAnon(c, folio)) yield* try_to_migrate(c, folio, ttu_flags);
  else yield* try_to_unmap(c, folio, ttu_flags | TTU_IGNORE_MLOCK);
}

/** @param nr pages that it has become, or 0 where it could not be split */
function* remap_page(c: Vcpu, folio: Ptr, nr: number): Code {
  if (!PageAnon(c, folio)) return;
  if (nr === 0) yield* remove_migration_ptes(c, folio, folio, true);
  for (let i = 0; i < nr; i++) {
    const part = nth_page(c, folio, i);
    yield* remove_migration_ptes(c, part, part, true);
  }
}
