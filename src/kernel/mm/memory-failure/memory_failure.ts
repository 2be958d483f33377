// SPDX-License-Identifier: GPL-2.0-only
/**
 * A page whose memory fails. Linux v6.6: mm/memory-failure.c.
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* memory_failure(c: Vcpu, pfn: number): Code<number> {
  violate(c, 'check', 'not ported yet: memory_failure');
}

export function* poison_page(c: Vcpu, page: Ptr): Code {
  violate(c, 'check', 'not ported yet: poison_page');
}
