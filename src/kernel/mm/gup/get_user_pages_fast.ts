// SPDX-License-Identifier: GPL-2.0-only
/**
 * get_user_pages_fast
 * Linux v6.6: mm/gup.c, internal_get_user_pages_fast().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

/** @returns pages that were got, or a negative errno */
export function* get_user_pages_fast(c: Vcpu, mm: Ptr, start: number, nr_pages: number, gup_flags: number, pages: Ptr[]): Code<number> {
  violate(c, 'check', 'not ported yet: get_user_pages_fast');
}
