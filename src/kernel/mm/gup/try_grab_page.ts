// SPDX-License-Identifier: GPL-2.0-only
/**
 * References to user pages. Linux v6.6: mm/gup.c, try_grab_folio(), try_grab_page(), gup_put_folio(); mm/internal.h,
 * gup_must_unshare().
 *
 * A pin of a single page is worth GUP_PIN_COUNTING_BIAS references; a compound page counts its pins apart.
 */

import { update } from '../../../../cpu/ops.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { FOLL_GET, FOLL_PIN, FOLL_WRITE } from '../../include/linux/mm/foll.ts';
import { compound_order, page_folio } from '../../include/linux/mm/page.ts';
import { page as struct_page } from '../../include/linux/mm_types.ts';
import { GUP_PIN_COUNTING_BIAS, page_ref_add_unless_zero } from '../../include/linux/page_ref.ts';
import { PageAnon, PageAnonExclusive } from '../../include/linux/page-flags.ts';
import { at } from '../../struct.ts';
import { folio_put_refs } from '../swap/put_page.ts';

/** `refs` references to the folio of a page that may be freed at the same time. @returns the folio, or NULL */
export function* try_grab_folio(c: Vcpu, page: Ptr, refs: number, flags: number): Code<Ptr> {
  for (;;) {
    const folio = yield* page_folio(c, page);
    const worth = (flags & FOLL_PIN) !== 0 && compound_order(c, folio) === 0 ? refs * GUP_PIN_COUNTING_BIAS : refs;
    if (!(yield* page_ref_add_unless_zero(c, folio, worth))) return NULL;
    // It may have been freed, and be part of another folio now: only with the reference that cannot change.
    if ((yield* page_folio(c, page)) === folio) {
      if ((flags & FOLL_PIN) !== 0 && compound_order(c, folio) > 0) yield* update(c, at(folio, struct_page._pincount), ADD, refs);
      return folio;
    }
    yield* folio_put_refs(c, folio, worth);
  }
}

export function* gup_put_folio(c: Vcpu, folio: Ptr, refs: number, flags: number): Code {
  const pin = (flags & FOLL_PIN) !== 0;
  const large = compound_order(c, folio) > 0;
  if (pin && large) yield* update(c, at(folio, struct_page._pincount), ADD, -refs);
  yield* folio_put_refs(c, folio, pin && !large ? refs * GUP_PIN_COUNTING_BIAS : refs);
}

/** With the page-table lock held, so that the page stays. @returns false where it is being freed */
export function* try_grab_page(c: Vcpu, page: Ptr, flags: number): Code<boolean> {
  if ((flags & (FOLL_GET | FOLL_PIN)) === 0) return true;
  return (yield* try_grab_folio(c, page, 1, flags)) !== NULL;
}

/** A read-only pin of an anonymous page that others share has to get a page of its own: what it pins would change owners at a copy on write. */
export function* gup_must_unshare(c: Vcpu, flags: number, page: Ptr): Code<boolean> {
  if ((flags & (FOLL_WRITE | FOLL_PIN)) !== FOLL_PIN) return false;
  return PageAnon(c, yield* page_folio(c, page)) && !(yield* PageAnonExclusive(c, page));
}
