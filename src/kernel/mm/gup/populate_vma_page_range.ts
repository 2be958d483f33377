// SPDX-License-Identifier: GPL-2.0-only
/**
 * populate_vma_page_range
 * Linux v6.6: mm/gup.c, populate_vma_page_range(), faultin_page_range(), __mm_populate().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* populate_vma_page_range(c: Vcpu, vma: Ptr, start: number, end: number): Code<number> {
  violate(c, 'check', 'not ported yet: populate_vma_page_range');
}

/** @returns pages, or a negative errno */
export function* faultin_page_range(c: Vcpu, mm: Ptr, start: number, end: number, write: boolean): Code<number> {
  violate(c, 'check', 'not ported yet: faultin_page_range');
}

export function* __mm_populate(c: Vcpu, mm: Ptr, start: number, len: number, ignore_errors: boolean): Code<number> {
  violate(c, 'check', 'not ported yet: __mm_populate');
}
