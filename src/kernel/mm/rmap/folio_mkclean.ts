// SPDX-License-Identifier: GPL-2.0-only
/**
 * Makes all mappings of a file page clean and read-only. Linux v6.6: mm/rmap.c, folio_mkclean().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* folio_mkclean(c: Vcpu, folio: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: folio_mkclean');
}
