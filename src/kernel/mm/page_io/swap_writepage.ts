// SPDX-License-Identifier: GPL-2.0-only
/**
 * Pages are written to the swap area and read. Linux v6.6: mm/page_io.c, swap_writepage(), swap_readpage().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* swap_writepage(c: Vcpu, page: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: swap_writepage');
}

export function* swap_readpage(c: Vcpu, page: Ptr, synchronous: boolean): Code {
  violate(c, 'check', 'not ported yet: swap_readpage');
}
