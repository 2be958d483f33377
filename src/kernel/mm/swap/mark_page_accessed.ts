// SPDX-License-Identifier: GPL-2.0-only
/**
 * A page was used: first it is referenced, the second time active. Linux v6.6: mm/swap.c, folio_mark_accessed(), folio_activate(),
 * __lru_cache_activate_folio().
 * left out: idle page tracking, workingset_activation(), multi-gen LRU (off at run time).
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { compound_head } from '../../include/linux/mm/page.ts';
import { folio_get } from '../../include/linux/page_ref.ts';
import {
  ClearPageReferenced,
  PageActive,
  PageLRU,
  PageReferenced,
  PageUnevictable,
  SetPageActive,
  SetPageReferenced,
} from '../../include/linux/page-flags.ts';
import { at } from '../../struct.ts';
import { batch_of, folio_batch_add_and_move } from './folio_batch_move_lru.ts';
import { folio_batch, LRU_ACTIVATE, LRU_ADD } from './swap_setup.ts';

export function* folio_mark_accessed(c: Vcpu, folio: Ptr): Code {
  if (!(yield* PageReferenced(c, folio))) {
    yield* SetPageReferenced(c, folio);
    return;
  }
  if ((yield* PageUnevictable(c, folio)) || (yield* PageActive(c, folio))) return;
  if (yield* PageLRU(c, folio)) yield* folio_activate(c, folio);
  else yield* __lru_cache_activate_folio(c, folio);
  yield* ClearPageReferenced(c, folio);
}

export function* mark_page_accessed(c: Vcpu, page: Ptr): Code {
  yield* folio_mark_accessed(c, yield* compound_head(c, page));
}

export function* folio_activate(c: Vcpu, folio: Ptr): Code {
  if (!(yield* PageLRU(c, folio)) || (yield* PageActive(c, folio)) || (yield* PageUnevictable(c, folio))) return;
  yield* folio_get(c, folio);
  yield* folio_batch_add_and_move(c, LRU_ACTIVATE, folio);
}

/** It waits in this CPU's batch to be added: it will come to the active list. */
function* __lru_cache_activate_folio(c: Vcpu, folio: Ptr): Code {
  const batch = batch_of(c, c.id, LRU_ADD);
  for (let i = peek(c, at(batch, folio_batch.nr)) - 1; i >= 0; i--) {
    if (peek(c, at(batch, folio_batch.folios + i)) === folio) return yield* SetPageActive(c, folio);
  }
}
