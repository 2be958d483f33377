// SPDX-License-Identifier: GPL-2.0-only
/**
 * A folio is taken from its LRU list for oneself alone, and put back. Linux v6.6: mm/vmscan.c, folio_isolate_lru(), folio_putback_lru();
 * mm/folio-compat.c, isolate_lru_page(), putback_lru_page().
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { compound_head } from '../../include/linux/mm/page.ts';
import { lruvec_del_folio } from '../../include/linux/mm_inline.ts';
import { lruvec } from '../../include/linux/mmzone.ts';
import { folio_get } from '../../include/linux/page_ref.ts';
import { TestClearPageLRU } from '../../include/linux/page-flags.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { folio_add_lru } from '../swap/folio_add_lru.ts';
import { folio_put } from '../swap/put_page.ts';

/** With a reference of the caller's, beside which isolation holds one. @returns whether it was on a list: then PG_lru is clear, and nobody else has it */
export function* folio_isolate_lru(c: Vcpu, folio: Ptr): Code<boolean> {
  if (!(yield* TestClearPageLRU(c, folio))) return false;
  yield* folio_get(c, folio);
  const lru = kernelOf(c).globals.lruvec;
  yield* spin_lock(c, at(lru, lruvec.lru_lock));
  yield* lruvec_del_folio(c, lru, folio);
  yield* spin_unlock(c, at(lru, lruvec.lru_lock));
  return true;
}

export function* isolate_lru_page(c: Vcpu, page: Ptr): Code<boolean> {
  return yield* folio_isolate_lru(c, yield* compound_head(c, page));
}

/** To the list that its flags say, if need be that of unevictable pages. The reference of isolation goes. */
export function* folio_putback_lru(c: Vcpu, folio: Ptr): Code {
  yield* folio_add_lru(c, folio);
  yield* folio_put(c, folio);
}

export function* putback_lru_page(c: Vcpu, page: Ptr): Code {
  yield* folio_putback_lru(c, yield* compound_head(c, page));
}
