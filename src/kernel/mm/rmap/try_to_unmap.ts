// SPDX-License-Identifier: GPL-2.0-only
/**
 * Takes a folio out of all page tables. Linux v6.6: mm/rmap.c, try_to_unmap(), try_to_unmap_one().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* try_to_unmap(c: Vcpu, folio: Ptr, flags: number): Code {
  violate(c, 'check', 'not ported yet: try_to_unmap');
}
