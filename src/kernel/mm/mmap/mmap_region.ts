// SPDX-License-Identifier: GPL-2.0-only
/**
 * The VMA of a new mapping.
 * Linux v6.6: mm/mmap.c, mmap_region().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* mmap_region(c: Vcpu, mm: Ptr, file: Ptr, addr: number, len: number, vm_flags: number, pgoff: number): Code<number> {
  violate(c, 'check', 'not ported yet: mmap_region');
}
