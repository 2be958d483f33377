// SPDX-License-Identifier: GPL-2.0-only
/**
 * A new folio in the page cache of a file that is no shmem file. Linux v6.6: mm/filemap.c, __filemap_add_folio(), filemap_add_folio().
 * left out: memory cgroups, shadow entries.
 */
import { poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { compound_nr, compound_order } from '../../include/linux/mm/page.ts';
import { page } from '../../include/linux/mm_types.ts';
import { folio_ref_add, page_ref_sub } from '../../include/linux/page_ref.ts';
import { mapping_add_nrpages, set_file_mapping } from '../../include/linux/pagemap.ts';
import { mod_node_page_state, NR_FILE_PAGES, NR_FILE_THPS } from '../../include/linux/vmstat.ts';
import { XA_STATE_ORDER, xa_is_value, xas_error, xas_lock, xas_set_err, xas_unlock } from '../../include/linux/xarray.ts';
import { EEXIST } from '../../include/uapi/asm-generic/errno.ts';
import { xas_nomem } from '../../lib/xarray/node.ts';
import { xas_find_conflict } from '../../lib/xarray/xas_find.ts';
import { xas_store } from '../../lib/xarray/xas_store.ts';
import { at } from '../../struct.ts';
import { folio_add_lru } from '../swap/folio_add_lru.ts';
import { __folio_set_locked, folio_unlock } from './folio_lock.ts';

/** The folio is locked. @returns 0, -EEXIST or -ENOMEM */
export function* __filemap_add_folio(c: Vcpu, mapping: Ptr, folio: Ptr, index: number, gfp: number): Code<number> {
  const xas = XA_STATE_ORDER(mapping, index, compound_order(c, folio));
  const nr = compound_nr(c, folio);
  yield* folio_ref_add(c, folio, nr);
  set_file_mapping(c, folio, mapping, index);
  do {
    yield* xas_lock(c, xas);
    for (let entry = yield* xas_find_conflict(c, xas); entry !== 0; entry = yield* xas_find_conflict(c, xas)) {
      if (xa_is_value(entry)) continue;
      xas_set_err(xas, -EEXIST);
      break;
    }
    if (xas_error(xas) === 0) yield* xas_store(c, xas, folio);
    if (xas_error(xas) === 0) {
      yield* mapping_add_nrpages(c, mapping, nr);
      mod_node_page_state(c, NR_FILE_PAGES, nr);
      if (nr > 1) mod_node_page_state(c, NR_FILE_THPS, nr);
    }
    yield* xas_unlock(c, xas);
  } while (yield* xas_nomem(c, xas, gfp));
  const error = xas_error(xas);
  if (error === 0) return 0;
  poke(c, at(folio, page.mapping), NULL);
  yield* page_ref_sub(c, folio, nr);
  return error;
}

/** A folio that nobody knows: locked and on the LRU afterwards. @returns 0 or a negative errno */
export function* filemap_add_folio(c: Vcpu, mapping: Ptr, folio: Ptr, index: number, gfp: number): Code<number> {
  yield* __folio_set_locked(c, folio);
  const ret = yield* __filemap_add_folio(c, mapping, folio, index, gfp);
  if (ret !== 0) yield* folio_unlock(c, folio);
  else yield* folio_add_lru(c, folio);
  return ret;
}
