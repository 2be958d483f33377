// SPDX-License-Identifier: GPL-2.0-only
/**
 * An address space ends.
 * Linux v6.6: mm/mmap.c, exit_mmap().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* exit_mmap(c: Vcpu, mm: Ptr): Code {
  violate(c, 'check', 'not ported yet: exit_mmap');
}
