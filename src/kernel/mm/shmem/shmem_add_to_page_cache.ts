// SPDX-License-Identifier: GPL-2.0-only
/**
 * Folios of a shmem file enter the page cache, or make room for their swap entry. Linux v6.6: mm/shmem.c, shmem_add_to_page_cache(),
 * shmem_delete_from_page_cache(), shmem_replace_entry(), shmem_free_swap(), shmem_confirm_swap().
 * left out: memory cgroups.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { compound_nr, compound_order } from '../../include/linux/mm/page.ts';
import { page } from '../../include/linux/mm_types.ts';
import { folio_ref_add, page_ref_sub } from '../../include/linux/page_ref.ts';
import { mapping_add_nrpages, set_file_mapping } from '../../include/linux/pagemap.ts';
import { count_vm_event, mod_node_page_state, NR_FILE_PAGES, NR_SHMEM, NR_SHMEM_THPS, THP_FILE_ALLOC } from '../../include/linux/vmstat.ts';
import {
  XA_STATE,
  XA_STATE_ORDER,
  xa_mk_value,
  xa_to_value,
  xas_error,
  xas_lock,
  xas_set_err,
  xas_unlock,
} from '../../include/linux/xarray.ts';
import { EEXIST, ENOENT } from '../../include/uapi/asm-generic/errno.ts';
import { xas_nomem } from '../../lib/xarray/node.ts';
import { xas_find_conflict } from '../../lib/xarray/xas_find.ts';
import { xa_load, xas_load } from '../../lib/xarray/xas_load.ts';
import { xas_store } from '../../lib/xarray/xas_store.ts';
import { at } from '../../struct.ts';
import { folio_put } from '../swap/put_page.ts';
import { free_swap_and_cache } from '../swapfile/free_swap_and_cache.ts';

/**
 * The folio is locked and swap-backed. @param expected the swap entry that it comes from, as a value entry, or 0.
 * @returns 0, -EEXIST or -ENOMEM
 */
export function* shmem_add_to_page_cache(c: Vcpu, folio: Ptr, mapping: Ptr, index: number, expected: number, gfp: number): Code<number> {
  const nr = compound_nr(c, folio);
  const xas = XA_STATE_ORDER(mapping, index, compound_order(c, folio));
  yield* folio_ref_add(c, folio, nr);
  set_file_mapping(c, folio, mapping, index);
  do {
    yield* xas_lock(c, xas);
    const there = yield* xas_find_conflict(c, xas);
    if (there !== expected || (expected !== 0 && (yield* xas_find_conflict(c, xas)) !== 0)) xas_set_err(xas, -EEXIST);
    else yield* xas_store(c, xas, folio);
    if (xas_error(xas) === 0) {
      if (nr > 1) {
        count_vm_event(c, THP_FILE_ALLOC);
        mod_node_page_state(c, NR_SHMEM_THPS, nr);
      }
      yield* mapping_add_nrpages(c, mapping, nr);
      mod_node_page_state(c, NR_FILE_PAGES, nr);
      mod_node_page_state(c, NR_SHMEM, nr);
    }
    yield* xas_unlock(c, xas);
  } while (yield* xas_nomem(c, xas, gfp));
  const error = xas_error(xas);
  if (error === 0) return 0;
  poke(c, at(folio, page.mapping), NULL);
  yield* page_ref_sub(c, folio, nr);
  return error;
}

/** A single page goes, and its swap entry takes the place. The folio is locked. */
export function* shmem_delete_from_page_cache(c: Vcpu, folio: Ptr, radswap: number): Code {
  const mapping = peek(c, at(folio, page.mapping)) as Ptr;
  const xas = XA_STATE(mapping, peek(c, at(folio, page.index)));
  yield* xas_lock(c, xas);
  if ((yield* xas_load(c, xas)) !== folio) violate(c, 'check', `BUG: ${c.m.nameOf(folio)} is not where its index says`);
  yield* xas_store(c, xas, radswap);
  poke(c, at(folio, page.mapping), NULL);
  yield* mapping_add_nrpages(c, mapping, -1);
  mod_node_page_state(c, NR_FILE_PAGES, -1);
  mod_node_page_state(c, NR_SHMEM, -1);
  yield* xas_unlock(c, xas);
  yield* folio_put(c, folio);
}

/** Forgets a swapped page. @returns 0, or -ENOENT if it is not there any more */
export function* shmem_free_swap(c: Vcpu, mapping: Ptr, index: number, radswap: number): Code<number> {
  const xas = XA_STATE(mapping, index);
  yield* xas_lock(c, xas);
  const old = yield* xas_load(c, xas);
  if (old === radswap) yield* xas_store(c, xas, 0);
  yield* xas_unlock(c, xas);
  if (old !== radswap) return -ENOENT;
  yield* free_swap_and_cache(c, xa_to_value(radswap));
  return 0;
}

export function* shmem_confirm_swap(c: Vcpu, mapping: Ptr, index: number, swap: number): Code<boolean> {
  return (yield* xa_load(c, mapping, index)) === xa_mk_value(swap);
}
