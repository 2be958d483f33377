// SPDX-License-Identifier: GPL-2.0-only
/**
 * madvise(2).
 * Linux v6.6: mm/madvise.c, do_madvise().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* do_madvise(c: Vcpu, mm: Ptr, start: number, len: number, behavior: number): Code<number> {
  violate(c, 'check', 'not ported yet: do_madvise');
}
