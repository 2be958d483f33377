// SPDX-License-Identifier: GPL-2.0-only
/**
 * A page was used. Linux v6.6: mm/swap.c.
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* folio_mark_accessed(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: folio_mark_accessed');
}

export function* mark_page_accessed(c: Vcpu, page: Ptr): Code {
  violate(c, 'check', 'not ported yet: mark_page_accessed');
}

export function* folio_activate(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: folio_activate');
}
