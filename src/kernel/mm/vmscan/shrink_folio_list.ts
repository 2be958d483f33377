// SPDX-License-Identifier: GPL-2.0-only
/**
 * Isolated folios are unmapped, written to swap and freed, as far as that goes. Linux v6.6: mm/vmscan.c, shrink_folio_list().
 * left out: demotion to slower memory, throttling by writeback, which no device here needs; multi-gen LRU's marks; statistics of a scan.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { compound_order, folio_nr_pages } from '../../include/linux/mm/page.ts';
import { folio_entire_mapcount, folio_mapped, folio_maybe_dma_pinned, page_ref_freeze } from '../../include/linux/page_ref.ts';
import {
  folio_is_file_lru,
  PageAnon,
  PageDirty,
  PageMlocked,
  PageSwapBacked,
  PageSwapCache,
  PageWriteback,
  SetPageActive,
  SetPageReclaim,
} from '../../include/linux/page-flags.ts';
import { TTU_BATCH_FLUSH, TTU_SPLIT_HUGE_PMD } from '../../include/linux/rmap.ts';
import { count_vm_event, count_vm_events, PGACTIVATE, PGLAZYFREED, THP_SWPOUT_FALLBACK } from '../../include/linux/vmstat.ts';
import { folio_trylock, folio_unlock } from '../filemap/folio_lock.ts';
import { can_split_folio, split_huge_page_to_list } from '../huge_memory/split_huge_page.ts';
import { free_unref_page } from '../page_alloc/__free_pages.ts';
import { try_to_unmap } from '../rmap/try_to_unmap.ts';
import { try_to_unmap_flush, try_to_unmap_flush_dirty } from '../rmap/try_to_unmap_flush.ts';
import { add_to_swap } from '../swap_state/add_to_swap.ts';
import { folio_free_swap } from '../swapfile/free_swap_and_cache.ts';
import { vm_swap_full } from '../swapfile/get_swap_pages.ts';
import { folio_evictable, folio_mapping } from '../util/folio_mapping.ts';
import { FOLIOREF_ACTIVATE, FOLIOREF_KEEP, FOLIOREF_RECLAIM_CLEAN, folio_check_references } from './folio_check_references.ts';
import { PAGE_ACTIVATE, PAGE_KEEP, PAGE_SUCCESS, pageout } from './pageout.ts';
import { __remove_mapping } from './remove_mapping.ts';

/** What becomes of a folio. FREED: its references are frozen at 0, and it is no longer locked. KEEP: it is not locked; the others: it is. */
const FREED = 0;
const KEEP = 1;
const KEEP_LOCKED = 2;
const ACTIVATE_LOCKED = 3;
/** Of one step: the next one follows. */
const GO_ON = 4;

/** `folio_list`, isolated, is taken from its end; what could not be freed is in it afterwards. @returns pages that were freed */
export function* shrink_folio_list(c: Vcpu, folio_list: Ptr[]): Code<number> {
  const ret_folios: Ptr[] = [];
  const free_folios: Ptr[] = [];
  let pgactivate = 0;
  for (let folio = folio_list.pop(); folio !== undefined; folio = folio_list.pop()) {
    if (!(yield* folio_trylock(c, folio))) {
      ret_folios.push(folio);
      continue;
    }
    const fate = yield* shrink_folio(c, folio, folio_list);
    if (fate === FREED) {
      free_folios.push(folio);
      continue;
    }
    if (fate === ACTIVATE_LOCKED) pgactivate += yield* activate(c, folio);
    if (fate !== KEEP) yield* folio_unlock(c, folio);
    ret_folios.push(folio);
  }
  // Nothing is freed while a TLB may still have it.
  yield* try_to_unmap_flush(c);
  for (const folio of free_folios) yield* free_unref_page(c, folio, 0);
  folio_list.push(...ret_folios.reverse());
  count_vm_events(c, PGACTIVATE, pgactivate);
  return free_folios.length;
}

/** It stays, and is no longer a candidate: its slot may go, if it has one. @returns pages that are active now */
function* activate(c: Vcpu, folio: Ptr): Code<number> {
  const mlocked = yield* PageMlocked(c, folio);
  if ((mlocked || vm_swap_full(c)) && (yield* PageSwapCache(c, folio))) yield* folio_free_swap(c, folio);
  if (mlocked) return 0;
  yield* SetPageActive(c, folio);
  return folio_nr_pages(c, folio);
}

function* shrink_folio(c: Vcpu, folio: Ptr, folio_list: Ptr[]): Code<number> {
  if (!(yield* folio_evictable(c, folio))) return ACTIVATE_LOCKED;
  if (yield* PageWriteback(c, folio)) {
    yield* SetPageReclaim(c, folio);
    return ACTIVATE_LOCKED;
  }
  const references = yield* folio_check_references(c, folio);
  if (references === FOLIOREF_ACTIVATE) return ACTIVATE_LOCKED;
  if (references === FOLIOREF_KEEP) return KEEP_LOCKED;
  let step = yield* give_slot(c, folio, folio_list);
  if (step === GO_ON) step = yield* unmap(c, folio);
  if (step === GO_ON && (yield* PageDirty(c, folio))) step = yield* write(c, folio, references);
  return step === GO_ON ? yield* release(c, folio) : step;
}

/** An anonymous folio gets its slot. Slots are single, so a huge page is split; that of a file too, to be unmapped. Tails go to the list. */
function* give_slot(c: Vcpu, folio: Ptr, folio_list: Ptr[]): Code<number> {
  if (!(yield* PageSwapBacked(c, folio))) return GO_ON;
  const large = compound_order(c, folio) > 0;
  if (!PageAnon(c, folio)) return large && (yield* split_huge_page_to_list(c, folio, folio_list)) !== 0 ? KEEP_LOCKED : GO_ON;
  if (yield* PageSwapCache(c, folio)) return GO_ON;
  if (yield* folio_maybe_dma_pinned(c, folio)) return KEEP_LOCKED;
  if (large) {
    if (!(yield* can_split_folio(c, folio))) return ACTIVATE_LOCKED;
    // Mapped by ptes alone: some of it may be unused, so it is split first.
    if ((yield* folio_entire_mapcount(c, folio)) === 0 && (yield* split_huge_page_to_list(c, folio, folio_list)) !== 0)
      return ACTIVATE_LOCKED;
  }
  if (yield* add_to_swap(c, folio)) return GO_ON;
  if (compound_order(c, folio) === 0 || (yield* split_huge_page_to_list(c, folio, folio_list)) !== 0) return ACTIVATE_LOCKED;
  count_vm_event(c, THP_SWPOUT_FALLBACK);
  return (yield* add_to_swap(c, folio)) ? GO_ON : ACTIVATE_LOCKED;
}

function* unmap(c: Vcpu, folio: Ptr): Code<number> {
  if (yield* folio_mapped(c, folio)) {
    yield* try_to_unmap(c, folio, TTU_BATCH_FLUSH | (compound_order(c, folio) > 0 ? TTU_SPLIT_HUGE_PMD : 0));
    if (yield* folio_mapped(c, folio)) return ACTIVATE_LOCKED;
  }
  return (yield* folio_maybe_dma_pinned(c, folio)) ? ACTIVATE_LOCKED : GO_ON;
}

/** A dirty file page that is to be written back is left to those who do that: it comes round again. */
function* write(c: Vcpu, folio: Ptr, references: number): Code<number> {
  if (yield* folio_is_file_lru(c, folio)) {
    yield* SetPageReclaim(c, folio);
    return ACTIVATE_LOCKED;
  }
  if (references === FOLIOREF_RECLAIM_CLEAN) return KEEP_LOCKED;
  yield* try_to_unmap_flush_dirty(c);
  const written = yield* pageout(c, folio, yield* folio_mapping(c, folio));
  if (written === PAGE_KEEP) return KEEP_LOCKED;
  if (written === PAGE_ACTIVATE) return ACTIVATE_LOCKED;
  if (written !== PAGE_SUCCESS) return GO_ON;
  if ((yield* PageWriteback(c, folio)) || (yield* PageDirty(c, folio))) return KEEP;
  if (!(yield* folio_trylock(c, folio))) return KEEP;
  return (yield* PageDirty(c, folio)) || (yield* PageWriteback(c, folio)) ? KEEP_LOCKED : GO_ON;
}

/** Out of its cache; a clean page that MADV_FREE gave up is in none. */
function* release(c: Vcpu, folio: Ptr): Code<number> {
  const mapping = yield* folio_mapping(c, folio);
  if (PageAnon(c, folio) && !(yield* PageSwapBacked(c, folio))) {
    if (!(yield* page_ref_freeze(c, folio, 1))) return KEEP_LOCKED;
    count_vm_events(c, PGLAZYFREED, 1);
  } else if (mapping === NULL || !(yield* __remove_mapping(c, mapping, folio))) return KEEP_LOCKED;
  yield* folio_unlock(c, folio);
  return FREED;
}
