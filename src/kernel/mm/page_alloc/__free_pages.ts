// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages go back. Linux v6.6: mm/page_alloc.c, __free_pages().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* __free_pages(c: Vcpu, page: Ptr, order: number): Code {
  violate(c, 'check', 'not ported yet: __free_pages');
}

export function* __free_page(c: Vcpu, page: Ptr): Code {
  violate(c, 'check', 'not ported yet: __free_page');
}

export function* free_unref_page(c: Vcpu, page: Ptr, order: number): Code {
  violate(c, 'check', 'not ported yet: free_unref_page');
}
