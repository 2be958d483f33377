// SPDX-License-Identifier: GPL-2.0-only
/**
 * Entries of a range of a file, a batch at a time. Linux v6.6: mm/filemap.c, find_get_entry(), find_get_entries(), find_lock_entries();
 * include/linux/pagevec.h, struct folio_batch.
 */
import { cpuRelax, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { compound_nr } from '../../include/linux/mm/page.ts';
import { page } from '../../include/linux/mm_types.ts';
import { folio_try_get } from '../../include/linux/page_ref.ts';
import { PageWriteback } from '../../include/linux/page-flags.ts';
import { XA_STATE, xa_is_retry, xa_is_value, type xa_state, xas_reload, xas_reset } from '../../include/linux/xarray.ts';
import { rcu_read_lock, rcu_read_unlock } from '../../kernel/rcu/update.ts';
import { xas_find } from '../../lib/xarray/xas_find.ts';
import { at } from '../../struct.ts';
import { folio_put } from '../swap/put_page.ts';
import { folio_trylock, folio_unlock } from './folio_lock.ts';

const PAGEVEC_SIZE = 15;

/** Folios, each with a reference, or value entries; and where they were found. */
export interface entry_batch {
  entries: number[];
  indices: number[];
}

/** The next folio, with a reference, or value entry; or 0. In an RCU section. */
export function* find_get_entry(c: Vcpu, xas: xa_state, max: number): Code<number> {
  for (;;) {
    const folio = yield* xas_find(c, xas, max);
    if (xa_is_retry(folio)) {
      yield* cpuRelax(c);
      xas_reset(xas);
      continue;
    }
    if (folio === 0 || xa_is_value(folio)) return folio;
    if (!(yield* folio_try_get(c, folio as Ptr))) {
      yield* cpuRelax(c);
      xas_reset(xas);
      continue;
    }
    if (folio === (yield* xas_reload(c, xas))) return folio;
    yield* folio_put(c, folio as Ptr);
    xas_reset(xas);
  }
}

export function* find_get_entries(c: Vcpu, mapping: Ptr, start: number, end: number): Code<entry_batch> {
  const xas = XA_STATE(mapping, start);
  const batch: entry_batch = { entries: [], indices: [] };
  yield* rcu_read_lock(c);
  for (let folio = yield* find_get_entry(c, xas, end); folio !== 0; folio = yield* find_get_entry(c, xas, end)) {
    batch.entries.push(folio);
    batch.indices.push(xas.xa_index);
    if (batch.entries.length === PAGEVEC_SIZE) break;
  }
  yield* rcu_read_unlock(c);
  return batch;
}

/** Those that lie whole in the range, are not under writeback, and can be locked at once: they are locked then. */
export function* find_lock_entries(c: Vcpu, mapping: Ptr, start: number, end: number): Code<entry_batch> {
  const xas = XA_STATE(mapping, start);
  const batch: entry_batch = { entries: [], indices: [] };
  yield* rcu_read_lock(c);
  for (let entry = yield* find_get_entry(c, xas, end); entry !== 0; entry = yield* find_get_entry(c, xas, end)) {
    if (!xa_is_value(entry) && !(yield* lock_within(c, mapping, entry as Ptr, start, end))) {
      yield* folio_put(c, entry as Ptr);
      continue;
    }
    batch.entries.push(entry);
    batch.indices.push(xas.xa_index);
    if (batch.entries.length === PAGEVEC_SIZE) break;
  }
  yield* rcu_read_unlock(c);
  return batch;
}

function* lock_within(c: Vcpu, mapping: Ptr, folio: Ptr, start: number, end: number): Code<boolean> {
  const index = peek(c, at(folio, page.index));
  if (index < start || index + compound_nr(c, folio) - 1 > end) return false;
  if (!(yield* folio_trylock(c, folio))) return false;
  if (peek(c, at(folio, page.mapping)) === mapping && !(yield* PageWriteback(c, folio))) return true;
  yield* folio_unlock(c, folio);
  return false;
}
