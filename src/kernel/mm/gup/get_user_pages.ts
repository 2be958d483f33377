// SPDX-License-Identifier: GPL-2.0-only
/**
 * get_user_pages
 * Linux v6.6: mm/gup.c, __get_user_pages(), faultin_page(), follow_page_mask().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

/** @returns the page, NULL or a negative errno */
export function* follow_page(c: Vcpu, vma: Ptr, address: number, flags: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: follow_page');
}

/** @returns pages that were got, or a negative errno */
export function* __get_user_pages(c: Vcpu, mm: Ptr, start: number, nr_pages: number, gup_flags: number, pages: Ptr[] | null): Code<number> {
  violate(c, 'check', 'not ported yet: __get_user_pages');
}

export function* get_user_pages_unlocked(c: Vcpu, mm: Ptr, start: number, nr_pages: number, gup_flags: number, pages: Ptr[]): Code<number> {
  violate(c, 'check', 'not ported yet: get_user_pages_unlocked');
}
