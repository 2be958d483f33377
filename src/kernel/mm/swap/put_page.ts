// SPDX-License-Identifier: GPL-2.0-only
/**
 * A reference is given back. Linux v6.6: mm/swap.c, __folio_put(); include/linux/mm.h, put_page().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* put_page(c: Vcpu, page: Ptr): Code {
  violate(c, 'check', 'not ported yet: put_page');
}

export function* folio_put(c: Vcpu, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: folio_put');
}

export function* folio_put_refs(c: Vcpu, folio: Ptr, refs: number): Code {
  violate(c, 'check', 'not ported yet: folio_put_refs');
}

export function* release_pages(c: Vcpu, pages: readonly Ptr[]): Code {
  violate(c, 'check', 'not ported yet: release_pages');
}
