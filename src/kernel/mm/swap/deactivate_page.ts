// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages that go early. Linux v6.6: mm/swap.c.
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* folio_deactivate(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: folio_deactivate');
}

export function* deactivate_page(c: Vcpu, page: Ptr): Code {
  violate(c, 'check', 'not ported yet: deactivate_page');
}

export function* folio_mark_lazyfree(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: folio_mark_lazyfree');
}

export function* mark_page_lazyfree(c: Vcpu, page: Ptr): Code {
  violate(c, 'check', 'not ported yet: mark_page_lazyfree');
}

export function* folio_rotate_reclaimable(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: folio_rotate_reclaimable');
}
