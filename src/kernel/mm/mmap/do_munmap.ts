// SPDX-License-Identifier: GPL-2.0-only
/**
 * Mappings go away.
 * Linux v6.6: mm/mmap.c, do_munmap(), unmap_region().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* do_munmap(c: Vcpu, mm: Ptr, start: number, len: number): Code<number> {
  violate(c, 'check', 'not ported yet: do_munmap');
}

export function* vm_munmap(c: Vcpu, mm: Ptr, start: number, len: number): Code<number> {
  violate(c, 'check', 'not ported yet: vm_munmap');
}
