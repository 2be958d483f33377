// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page allocator. Linux v6.6: mm/page_alloc.c, __alloc_pages().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* alloc_pages(c: Vcpu, gfp: number, order: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: alloc_pages');
}

export function* alloc_page(c: Vcpu, gfp: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: alloc_page');
}
