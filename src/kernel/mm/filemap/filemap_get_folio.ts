// SPDX-License-Identifier: GPL-2.0-only
/**
 * Finding a folio of a file. Linux v6.6: mm/filemap.c, filemap_get_entry() (v6.1: mapping_get_entry()), __filemap_get_folio();
 * include/linux/pagemap.h, filemap_get_folio(), filemap_lock_folio(), find_lock_page(), folio_file_page().
 * Where Linux v6.6 returns ERR_PTR(-ENOENT) these return NULL, as in v6.1.
 */
import { cpuRelax, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { compound_nr, nth_page } from '../../include/linux/mm/page.ts';
import { page } from '../../include/linux/mm_types.ts';
import { folio_try_get } from '../../include/linux/page_ref.ts';
import { XA_STATE, xa_is_retry, xa_is_value, xas_reload, xas_reset } from '../../include/linux/xarray.ts';
import { rcu_read_lock, rcu_read_unlock } from '../../kernel/rcu/update.ts';
import { xas_load } from '../../lib/xarray/xas_load.ts';
import { at } from '../../struct.ts';
import { folio_put } from '../swap/put_page.ts';
import { folio_lock, folio_unlock } from './folio_lock.ts';

/** The page of a folio that has the index. */
export const folio_file_page = (c: Vcpu, folio: Ptr, index: number): Ptr => nth_page(c, folio, index & (compound_nr(c, folio) - 1));

/** @returns a folio with a reference, or a value entry, or 0 */
export function* filemap_get_entry(c: Vcpu, mapping: Ptr, index: number): Code<number> {
  const xas = XA_STATE(mapping, index);
  yield* rcu_read_lock(c);
  let folio: number;
  for (;;) {
    xas_reset(xas);
    folio = yield* xas_load(c, xas);
    if (!xa_is_retry(folio)) {
      if (folio === 0 || xa_is_value(folio)) break;
      if (yield* folio_try_get(c, folio as Ptr)) {
        if (folio === (yield* xas_reload(c, xas))) break;
        yield* folio_put(c, folio as Ptr); // it left the array before the reference was taken
        continue;
      }
    }
    yield* cpuRelax(c);
  }
  yield* rcu_read_unlock(c);
  return folio;
}

/** The same with the folio's lock. FGP_ENTRY | FGP_LOCK. */
export function* filemap_lock_entry(c: Vcpu, mapping: Ptr, index: number): Code<number> {
  for (;;) {
    const folio = yield* filemap_get_entry(c, mapping, index);
    if (folio === 0 || xa_is_value(folio)) return folio;
    yield* folio_lock(c, folio as Ptr);
    if (peek(c, at(folio as Ptr, page.mapping)) === mapping) return folio;
    yield* folio_unlock(c, folio as Ptr); // truncated meanwhile
    yield* folio_put(c, folio as Ptr);
  }
}

export function* filemap_get_folio(c: Vcpu, mapping: Ptr, index: number): Code<Ptr> {
  const folio = yield* filemap_get_entry(c, mapping, index);
  return xa_is_value(folio) ? NULL : (folio as Ptr);
}

export function* filemap_lock_folio(c: Vcpu, mapping: Ptr, index: number): Code<Ptr> {
  const folio = yield* filemap_lock_entry(c, mapping, index);
  return xa_is_value(folio) ? NULL : (folio as Ptr);
}

export function* find_lock_page(c: Vcpu, mapping: Ptr, index: number): Code<Ptr> {
  const folio = yield* filemap_lock_folio(c, mapping, index);
  return folio === NULL ? NULL : folio_file_page(c, folio, index);
}
