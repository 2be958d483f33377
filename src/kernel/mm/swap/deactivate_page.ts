// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages that shall go early. Linux v6.6: mm/swap.c, folio_deactivate(), folio_mark_lazyfree(); mm/folio-compat.c.
 */
import { load } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { compound_head } from '../../include/linux/mm/page.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { folio_get } from '../../include/linux/page_ref.ts';
import { PageAnon, PG_active, PG_lru, PG_swapbacked, PG_swapcache, PG_unevictable } from '../../include/linux/page-flags.ts';
import { at } from '../../struct.ts';
import { folio_batch_add_and_move } from './folio_batch_move_lru.ts';
import { LRU_DEACTIVATE, LRU_LAZYFREE } from './swap_setup.ts';

/** Are all bits of `set` in the flags, and none of `clear`? */
const flags_are = (flags: number, set: number, clear: number): boolean => (flags & (set | clear)) === set;

function* queue(c: Vcpu, what: number, folio: Ptr): Code {
  yield* folio_get(c, folio);
  yield* folio_batch_add_and_move(c, what, folio);
}

/** From the active to the inactive list. */
export function* folio_deactivate(c: Vcpu, folio: Ptr): Code {
  const flags = yield* load(c, at(folio, struct_page.flags));
  if (flags_are(flags, (1 << PG_lru) | (1 << PG_active), 1 << PG_unevictable)) yield* queue(c, LRU_DEACTIVATE, folio);
}

export function* deactivate_page(c: Vcpu, page: Ptr): Code {
  yield* folio_deactivate(c, yield* compound_head(c, page));
}

/** MADV_FREE: to the inactive file list, from where it is dropped if it is still clean. */
export function* folio_mark_lazyfree(c: Vcpu, folio: Ptr): Code {
  const flags = yield* load(c, at(folio, struct_page.flags));
  if (flags_are(flags, (1 << PG_lru) | (1 << PG_swapbacked), (1 << PG_swapcache) | (1 << PG_unevictable)) && PageAnon(c, folio))
    yield* queue(c, LRU_LAZYFREE, folio);
}

export function* mark_page_lazyfree(c: Vcpu, page: Ptr): Code {
  yield* folio_mark_lazyfree(c, yield* compound_head(c, page));
}
