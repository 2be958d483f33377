// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages that must stay in memory. Linux v6.6: mm/mlock.c, mlock_folio(), mlock_new_folio(), munlock_folio(), __mlock_folio(), __mlock_new_folio(),
 * __munlock_folio(), mlock_folio_batch(), mlock_drain_local(); mm/internal.h, mlock_vma_folio(), munlock_vma_folio().
 *
 * How many locked VMAs map an unevictable page is counted where the others have their links. A machine that is explored has no batches, as in
 * mm/swap.
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { compound_nr, compound_order } from '../../include/linux/mm/page.ts';
import { VM_LOCKED, VM_SPECIAL } from '../../include/linux/mm/vm_flags.ts';
import { lruvec_add_folio, lruvec_del_folio } from '../../include/linux/mm_inline.ts';
import { page as struct_page, vm_area_struct } from '../../include/linux/mm_types.ts';
import { lruvec, NR_MLOCK, page_zone } from '../../include/linux/mmzone.ts';
import { folio_get } from '../../include/linux/page_ref.ts';
import {
  ClearPageActive,
  ClearPageUnevictable,
  PageMlocked,
  PageUnevictable,
  SetPageLRU,
  SetPageUnevictable,
  TestClearPageLRU,
  TestClearPageMlocked,
  TestSetPageMlocked,
} from '../../include/linux/page-flags.ts';
import {
  count_vm_events,
  mod_zone_page_state,
  UNEVICTABLE_PGCULLED,
  UNEVICTABLE_PGMLOCKED,
  UNEVICTABLE_PGMUNLOCKED,
  UNEVICTABLE_PGRESCUED,
  UNEVICTABLE_PGSTRANDED,
} from '../../include/linux/vmstat.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { folio_put } from '../swap/put_page.ts';
import { PAGEVEC_SIZE } from '../swap/swap_setup.ts';
import { folio_evictable } from '../util/folio_mapping.ts';
import { MLOCK_LRU, MLOCK_NEW, MUNLOCK, mlock_fbatch } from './mlock_batch.ts';

/** Of an unevictable folio. */
const mlock_count = struct_page.lru_prev;

export const mlock_batch_of = (c: Vcpu, cpu: number): Ptr => at(kernelOf(c).globals.mlock_fbatches, cpu * mlock_fbatch.$words);

/** A folio that is mapped in a VMA, by ptes of single pages or by a pmd of the whole: one mapped by ptes in part is left to reclaim. */
export function* mlock_vma_folio(c: Vcpu, folio: Ptr, vma: Ptr, compound: boolean): Code {
  const locked = (peek(c, at(vma, vm_area_struct.vm_flags)) & (VM_LOCKED | VM_SPECIAL)) === VM_LOCKED;
  if (locked && (compound || compound_order(c, folio) === 0)) yield* mlock_folio(c, folio);
}

export function* munlock_vma_folio(c: Vcpu, folio: Ptr, vma: Ptr, compound: boolean): Code {
  const locked = (peek(c, at(vma, vm_area_struct.vm_flags)) & VM_LOCKED) !== 0;
  if (locked && (compound || compound_order(c, folio) === 0)) yield* munlock_folio(c, folio);
}

export function* mlock_folio(c: Vcpu, folio: Ptr): Code {
  yield* set_mlocked(c, folio);
  yield* add(c, folio, MLOCK_LRU);
}

/** Not on an LRU list yet. */
export function* mlock_new_folio(c: Vcpu, folio: Ptr): Code {
  yield* set_mlocked(c, folio);
  yield* add(c, folio, MLOCK_NEW);
}

/** Whether PG_mlocked goes is decided when the batch is worked off: other VMAs may lock it too. */
export function* munlock_folio(c: Vcpu, folio: Ptr): Code {
  yield* add(c, folio, MUNLOCK);
}

function* set_mlocked(c: Vcpu, folio: Ptr): Code {
  if (yield* TestSetPageMlocked(c, folio)) return;
  mod_zone_page_state(c, page_zone(c, folio), NR_MLOCK, compound_nr(c, folio));
  count_vm_events(c, UNEVICTABLE_PGMLOCKED, compound_nr(c, folio));
}

function* add(c: Vcpu, folio: Ptr, kind: number): Code {
  const batch = mlock_batch_of(c, c.id);
  const nr = peek(c, at(batch, mlock_fbatch.nr));
  yield* folio_get(c, folio);
  poke(c, at(batch, mlock_fbatch.folios + nr), folio);
  poke(c, at(batch, mlock_fbatch.kinds + nr), kind);
  poke(c, at(batch, mlock_fbatch.nr), nr + 1);
  if (nr + 1 < PAGEVEC_SIZE && compound_order(c, folio) === 0 && kernelOf(c).config.quarantine !== true) return;
  yield* mlock_folio_batch(c, batch);
}

export function* mlock_drain_local(c: Vcpu): Code {
  yield* mlock_drain_remote(c, c.id);
}

export function* mlock_drain_remote(c: Vcpu, cpu: number): Code {
  if (kernelOf(c).config.quarantine !== true) yield* mlock_folio_batch(c, mlock_batch_of(c, cpu));
}

function* mlock_folio_batch(c: Vcpu, batch: Ptr): Code {
  const vec = kernelOf(c).globals.lruvec;
  const nr = peek(c, at(batch, mlock_fbatch.nr));
  if (nr === 0) return;
  yield* spin_lock(c, at(vec, lruvec.lru_lock));
  for (let i = 0; i < nr; i++) {
    const folio = peek(c, at(batch, mlock_fbatch.folios + i)) as Ptr;
    const kind = peek(c, at(batch, mlock_fbatch.kinds + i));
    if (kind === MLOCK_LRU) yield* __mlock_folio(c, vec, folio);
    else if (kind === MLOCK_NEW) yield* __mlock_new_folio(c, vec, folio);
    else yield* __munlock_folio(c, vec, folio);
  }
  yield* spin_unlock(c, at(vec, lruvec.lru_lock));
  poke(c, at(batch, mlock_fbatch.nr), 0);
  for (let i = 0; i < nr; i++) yield* folio_put(c, peek(c, at(batch, mlock_fbatch.folios + i)) as Ptr);
}

/** From the unevictable list to one that reclaim looks at. */
function* rescue(c: Vcpu, vec: Ptr, folio: Ptr): Code {
  yield* lruvec_del_folio(c, vec, folio);
  yield* ClearPageUnevictable(c, folio);
  yield* lruvec_add_folio(c, vec, folio);
  count_vm_events(c, UNEVICTABLE_PGRESCUED, compound_nr(c, folio));
}

function* __mlock_folio(c: Vcpu, vec: Ptr, folio: Ptr): Code {
  if (!(yield* TestClearPageLRU(c, folio))) return; // somebody has it isolated, and will look at PG_mlocked when it comes back
  const unevictable = yield* PageUnevictable(c, folio);
  if (yield* folio_evictable(c, folio)) {
    if (unevictable) yield* rescue(c, vec, folio); // it was unlocked meanwhile
  } else if (unevictable) {
    if (yield* PageMlocked(c, folio)) poke(c, at(folio, mlock_count), peek(c, at(folio, mlock_count)) + 1);
  } else {
    yield* lruvec_del_folio(c, vec, folio);
    yield* ClearPageActive(c, folio);
    yield* SetPageUnevictable(c, folio);
    poke(c, at(folio, mlock_count), (yield* PageMlocked(c, folio)) ? 1 : 0);
    yield* lruvec_add_folio(c, vec, folio);
    count_vm_events(c, UNEVICTABLE_PGCULLED, compound_nr(c, folio));
  }
  yield* SetPageLRU(c, folio);
}

function* __mlock_new_folio(c: Vcpu, vec: Ptr, folio: Ptr): Code {
  if (!(yield* folio_evictable(c, folio))) {
    yield* SetPageUnevictable(c, folio);
    poke(c, at(folio, mlock_count), (yield* PageMlocked(c, folio)) ? 1 : 0);
    count_vm_events(c, UNEVICTABLE_PGCULLED, compound_nr(c, folio));
  }
  yield* lruvec_add_folio(c, vec, folio);
  yield* SetPageLRU(c, folio);
}

function* __munlock_folio(c: Vcpu, vec: Ptr, folio: Ptr): Code {
  const nr_pages = compound_nr(c, folio);
  const isolated = yield* TestClearPageLRU(c, folio);
  if (isolated && (yield* PageUnevictable(c, folio))) {
    const count = peek(c, at(folio, mlock_count));
    if (count > 0) poke(c, at(folio, mlock_count), count - 1);
    if (count > 1) return yield* SetPageLRU(c, folio); // others lock it still
  }
  if (yield* TestClearPageMlocked(c, folio)) {
    mod_zone_page_state(c, page_zone(c, folio), NR_MLOCK, -nr_pages);
    const stranded = !isolated && (yield* PageUnevictable(c, folio));
    count_vm_events(c, stranded ? UNEVICTABLE_PGSTRANDED : UNEVICTABLE_PGMUNLOCKED, nr_pages);
  }
  if (!isolated) return;
  if ((yield* PageUnevictable(c, folio)) && (yield* folio_evictable(c, folio))) yield* rescue(c, vec, folio);
  yield* SetPageLRU(c, folio);
}
