// SPDX-License-Identifier: GPL-2.0-only
/** From a table full of ptes of one huge page to a huge pmd. Linux v6.6: mm/khugepaged.c, collapse_pte_mapped_thp(). */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

/** mmap_lock is held. @returns a result code */
export function* collapse_pte_mapped_thp(c: Vcpu, _mm: Ptr, _addr: number, _install_pmd: boolean): Code<number> {
  violate(c, 'check', 'not ported yet: collapse_pte_mapped_thp');
}
