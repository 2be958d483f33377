// SPDX-License-Identifier: GPL-2.0-only
/**
 * mprotect(2).
 * Linux v6.6: mm/mprotect.c, do_mprotect_pkey().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* do_mprotect(c: Vcpu, mm: Ptr, start: number, len: number, prot: number): Code<number> {
  violate(c, 'check', 'not ported yet: do_mprotect');
}
