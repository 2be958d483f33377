// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages that MADV_PAGEOUT has isolated are reclaimed. Linux v6.6: mm/vmscan.c, reclaim_pages().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* reclaim_pages(c: Vcpu, folio_list: Ptr[]): Code<number> {
  violate(c, 'check', 'not ported yet: reclaim_pages');
}
