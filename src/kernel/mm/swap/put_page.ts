// SPDX-License-Identifier: GPL-2.0-only
/**
 * A reference is given back; with the last one the page leaves the LRU list and is freed. Linux v6.6: include/linux/mm.h, put_page(), folio_put(),
 * folio_put_refs(); mm/swap.c, __folio_put(), __page_cache_release(), release_pages(); mm/page_alloc.c, destroy_large_folio().
 */
import { load } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { compound_head, compound_order } from '../../include/linux/mm/page.ts';
import { __folio_clear_lru_flags, lruvec_del_folio } from '../../include/linux/mm_inline.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { lruvec, NR_MLOCK, page_zone } from '../../include/linux/mmzone.ts';
import { page_ref_sub_and_test } from '../../include/linux/page_ref.ts';
import { ClearPageMlocked, PG_lru, PG_mlocked } from '../../include/linux/page-flags.ts';
import { count_vm_events, mod_zone_page_state, UNEVICTABLE_PGCLEARED } from '../../include/linux/vmstat.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { folio_undo_large_rmappable } from '../huge_memory/deferred_split_folio.ts';
import { is_huge_zero_page } from '../huge_memory/huge_zero_page.ts';
import { free_unref_page } from '../page_alloc/__free_pages.ts';

export function* put_page(c: Vcpu, page: Ptr): Code {
  yield* folio_put(c, yield* compound_head(c, page));
}

export function* folio_put(c: Vcpu, folio: Ptr): Code {
  yield* folio_put_refs(c, folio, 1);
}

export function* folio_put_refs(c: Vcpu, folio: Ptr, refs: number): Code {
  if (yield* page_ref_sub_and_test(c, folio, refs)) yield* __folio_put(c, folio);
}

/** Nobody else has it any more. */
export function* __folio_put(c: Vcpu, folio: Ptr): Code {
  const order = compound_order(c, folio);
  const flags = yield* load(c, at(folio, struct_page.flags));
  if (((flags >>> PG_lru) & 1) !== 0) {
    const vec = kernelOf(c).globals.lruvec;
    yield* spin_lock(c, at(vec, lruvec.lru_lock));
    yield* __page_cache_release(c, vec, folio);
    yield* spin_unlock(c, at(vec, lruvec.lru_lock));
  }
  yield* forget_mlock(c, folio, flags, order);
  if (order > 1) yield* folio_undo_large_rmappable(c, folio);
  yield* free_unref_page(c, folio, order);
}

/** With lru_lock held. */
function* __page_cache_release(c: Vcpu, vec: Ptr, folio: Ptr): Code {
  yield* lruvec_del_folio(c, vec, folio);
  yield* __folio_clear_lru_flags(c, folio);
}

function* forget_mlock(c: Vcpu, folio: Ptr, flags: number, order: number): Code {
  if (((flags >>> PG_mlocked) & 1) === 0) return;
  yield* ClearPageMlocked(c, folio);
  mod_zone_page_state(c, page_zone(c, folio), NR_MLOCK, -(1 << order));
  count_vm_events(c, UNEVICTABLE_PGCLEARED, 1 << order);
}

/** Most folios that lru_lock is held for. */
const SWAP_CLUSTER_MAX = 32;

/** Many at once, and small ones under one lru_lock: the last one is freed first. The huge zero page is not counted this way. */
export function* release_pages(c: Vcpu, pages: readonly Ptr[]): Code {
  const vec = kernelOf(c).globals.lruvec;
  const lock = at(vec, lruvec.lru_lock);
  const pages_to_free: Ptr[] = [];
  let held = 0;
  for (let i = 0; i < pages.length; i++) {
    if (held > 0 && ++held > SWAP_CLUSTER_MAX) {
      yield* spin_unlock(c, lock);
      held = 0;
    }
    const folio = yield* compound_head(c, pages[i]!);
    if (is_huge_zero_page(c, folio) || !(yield* page_ref_sub_and_test(c, folio, 1))) continue;
    if (compound_order(c, folio) > 0) {
      if (held > 0) yield* spin_unlock(c, lock);
      held = 0;
      yield* __folio_put(c, folio);
      continue;
    }
    const flags = yield* load(c, at(folio, struct_page.flags));
    if (((flags >>> PG_lru) & 1) !== 0) {
      if (held === 0) {
        yield* spin_lock(c, lock);
        held = 1;
      }
      yield* __page_cache_release(c, vec, folio);
    }
    yield* forget_mlock(c, folio, flags, 0);
    pages_to_free.push(folio);
  }
  if (held > 0) yield* spin_unlock(c, lock);
  for (let i = pages_to_free.length - 1; i >= 0; i--) yield* free_unref_page(c, pages_to_free[i]!, 0);
}
