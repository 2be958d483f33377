// SPDX-License-Identifier: GPL-2.0-only
/**
 * A folio is taken from its LRU list, and put back. Linux v6.6: mm/vmscan.c, folio_isolate_lru(), isolate_lru_page(), folio_putback_lru(), putback_lru_page().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* folio_isolate_lru(c: Vcpu, folio: Ptr): Code<boolean> {
  violate(c, 'check', 'not ported yet: folio_isolate_lru');
}

export function* isolate_lru_page(c: Vcpu, page: Ptr): Code<boolean> {
  violate(c, 'check', 'not ported yet: isolate_lru_page');
}

export function* folio_putback_lru(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: folio_putback_lru');
}

export function* putback_lru_page(c: Vcpu, page: Ptr): Code {
  violate(c, 'check', 'not ported yet: putback_lru_page');
}
