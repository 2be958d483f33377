// SPDX-License-Identifier: GPL-2.0-only
/**
 * What becomes of the folios of a batch. Linux v6.6: mm/swap.c, folio_batch_add_and_move(), folio_batch_move_lru(), lru_add_fn(), lru_move_tail_fn(),
 * lru_deactivate_file_fn(), lru_deactivate_fn(), lru_lazyfree_fn(), folio_activate_fn().
 *
 * A batch is per CPU and holds a reference to each of its folios. Huge pages are not batched. On a machine that is explored nothing is, as after
 * lru_cache_disable(): the drain of other CPUs' batches would need their work queues.
 */
import { load, peek, poke, update } from '../../../../cpu/ops.ts';
import { AND } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { compound_nr, compound_order } from '../../include/linux/mm/page.ts';
import { lruvec_add_folio, lruvec_add_folio_tail, lruvec_del_folio } from '../../include/linux/mm_inline.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { lruvec } from '../../include/linux/mmzone.ts';
import { folio_mapped } from '../../include/linux/page_ref.ts';
import {
  ClearPageActive,
  PAGE_MAPPING_ANON,
  PG_active,
  PG_dirty,
  PG_referenced,
  PG_swapbacked,
  PG_swapcache,
  PG_unevictable,
  PG_writeback,
  SetPageActive,
  SetPageLRU,
  SetPageReclaim,
  SetPageUnevictable,
  TestClearPageLRU,
  TestClearPageUnevictable,
} from '../../include/linux/page-flags.ts';
import {
  count_vm_events,
  PGACTIVATE,
  PGDEACTIVATE,
  PGLAZYFREE,
  PGROTATED,
  UNEVICTABLE_PGCULLED,
  UNEVICTABLE_PGRESCUED,
} from '../../include/linux/vmstat.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { folio_evictable } from '../util/folio_mapping.ts';
import { release_pages } from './put_page.ts';
import {
  cpu_fbatches,
  folio_batch,
  LRU_ACTIVATE,
  LRU_ADD,
  LRU_DEACTIVATE,
  LRU_DEACTIVATE_FILE,
  LRU_LAZYFREE,
  PAGEVEC_SIZE,
} from './swap_setup.ts';

export const batch_of = (c: Vcpu, cpu: number, what: number): Ptr =>
  at(kernelOf(c).globals.lru_pvecs, cpu * cpu_fbatches.$words + what * folio_batch.$words);

const is = (flags: number, bit: number): boolean => ((flags >>> bit) & 1) !== 0;

/** The caller has taken the reference that the batch holds. */
export function* folio_batch_add_and_move(c: Vcpu, what: number, folio: Ptr): Code {
  const batch = batch_of(c, c.id, what);
  const nr = peek(c, at(batch, folio_batch.nr));
  poke(c, at(batch, folio_batch.folios + nr), folio);
  poke(c, at(batch, folio_batch.nr), nr + 1);
  if (nr + 1 < PAGEVEC_SIZE && compound_order(c, folio) === 0 && kernelOf(c).config.quarantine !== true) return;
  yield* folio_batch_move_lru(c, batch, what);
}

export function* folio_batch_move_lru(c: Vcpu, batch: Ptr, what: number): Code {
  const vec = kernelOf(c).globals.lruvec;
  const nr = peek(c, at(batch, folio_batch.nr));
  if (nr === 0) return;
  const folios: Ptr[] = [];
  yield* spin_lock(c, at(vec, lruvec.lru_lock));
  for (let i = 0; i < nr; i++) {
    const folio = peek(c, at(batch, folio_batch.folios + i)) as Ptr;
    folios.push(folio);
    if (what !== LRU_ADD && !(yield* TestClearPageLRU(c, folio))) continue;
    yield* move_fn(c, vec, folio, what);
    yield* SetPageLRU(c, folio);
  }
  yield* spin_unlock(c, at(vec, lruvec.lru_lock));
  poke(c, at(batch, folio_batch.nr), 0);
  yield* release_pages(c, folios);
}

function* move_fn(c: Vcpu, vec: Ptr, folio: Ptr, what: number): Code {
  const flags = yield* load(c, at(folio, struct_page.flags));
  const nr_pages = compound_nr(c, folio);
  if (what === LRU_ADD) return yield* lru_add_fn(c, vec, folio, nr_pages);
  if (is(flags, PG_unevictable)) return;
  switch (what) {
    case LRU_ACTIVATE:
      if (is(flags, PG_active)) return;
      yield* lruvec_del_folio(c, vec, folio);
      yield* SetPageActive(c, folio);
      yield* lruvec_add_folio(c, vec, folio);
      return count_vm_events(c, PGACTIVATE, nr_pages);
    case LRU_DEACTIVATE:
      if (!is(flags, PG_active)) return;
      yield* readd_clear(c, vec, folio, (1 << PG_active) | (1 << PG_referenced));
      return count_vm_events(c, PGDEACTIVATE, nr_pages);
    case LRU_LAZYFREE:
      if ((peek(c, at(folio, struct_page.mapping)) & PAGE_MAPPING_ANON) === 0 || !is(flags, PG_swapbacked) || is(flags, PG_swapcache))
        return;
      // A lazily freed page is clean anonymous memory; without PG_swapbacked it is told from the rest.
      yield* readd_clear(c, vec, folio, (1 << PG_active) | (1 << PG_referenced) | (1 << PG_swapbacked));
      return count_vm_events(c, PGLAZYFREE, nr_pages);
    case LRU_DEACTIVATE_FILE:
      return yield* lru_deactivate_file_fn(c, vec, folio, flags, nr_pages);
    default: // LRU_ROTATE
      yield* lruvec_del_folio(c, vec, folio);
      yield* ClearPageActive(c, folio);
      yield* lruvec_add_folio_tail(c, vec, folio);
      count_vm_events(c, PGROTATED, nr_pages);
  }
}

function* readd_clear(c: Vcpu, vec: Ptr, folio: Ptr, bits: number): Code {
  yield* lruvec_del_folio(c, vec, folio);
  yield* update(c, at(folio, struct_page.flags), AND, ~bits);
  yield* lruvec_add_folio(c, vec, folio);
}

/** What may never be reclaimed goes aside: mlocked pages, and those of a mapping that says so. */
function* lru_add_fn(c: Vcpu, vec: Ptr, folio: Ptr, nr_pages: number): Code {
  const was_unevictable = yield* TestClearPageUnevictable(c, folio);
  if (yield* folio_evictable(c, folio)) {
    if (was_unevictable) count_vm_events(c, UNEVICTABLE_PGRESCUED, nr_pages);
  } else {
    yield* ClearPageActive(c, folio);
    yield* SetPageUnevictable(c, folio);
    poke(c, at(folio, struct_page.lru_prev), 0); // mlock_count
    if (!was_unevictable) count_vm_events(c, UNEVICTABLE_PGCULLED, nr_pages);
  }
  yield* lruvec_add_folio(c, vec, folio);
}

/** A page that could not be dropped from its file: it should go soon, unless somebody maps it. */
function* lru_deactivate_file_fn(c: Vcpu, vec: Ptr, folio: Ptr, flags: number, nr_pages: number): Code {
  if (yield* folio_mapped(c, folio)) return;
  if (is(flags, PG_writeback) || is(flags, PG_dirty)) {
    yield* readd_clear(c, vec, folio, (1 << PG_active) | (1 << PG_referenced));
    yield* SetPageReclaim(c, folio);
  } else {
    yield* lruvec_del_folio(c, vec, folio);
    yield* update(c, at(folio, struct_page.flags), AND, ~((1 << PG_active) | (1 << PG_referenced)));
    yield* lruvec_add_folio_tail(c, vec, folio);
    count_vm_events(c, PGROTATED, nr_pages);
  }
  if (is(flags, PG_active)) count_vm_events(c, PGDEACTIVATE, nr_pages);
}
