// SPDX-License-Identifier: GPL-2.0-only
/**
 * split_huge_page
 * Linux v6.6: mm/huge_memory.c, split_huge_page_to_list(), can_split_folio().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

/** @returns 0, -EBUSY or -EAGAIN */
export function* split_huge_page_to_list(c: Vcpu, page: Ptr, list: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: split_huge_page_to_list');
}

export function* split_huge_page(c: Vcpu, page: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: split_huge_page');
}

export function* split_folio(c: Vcpu, folio: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: split_folio');
}

/** @returns references beyond the mappings in c.out */
export function* can_split_folio(c: Vcpu, folio: Ptr): Code<boolean> {
  violate(c, 'check', 'not ported yet: can_split_folio');
}
