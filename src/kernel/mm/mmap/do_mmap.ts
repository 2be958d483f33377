// SPDX-License-Identifier: GPL-2.0-only
/**
 * A new mapping.
 * Linux v6.6: mm/mmap.c, do_mmap(); mm/util.c, vm_mmap_pgoff().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* do_mmap(c: Vcpu, mm: Ptr, file: Ptr, addr: number, len: number, prot: number, flags: number, pgoff: number): Code<number> {
  violate(c, 'check', 'not ported yet: do_mmap');
}

export function* vm_mmap_pgoff(
  c: Vcpu,
  mm: Ptr,
  file: Ptr,
  addr: number,
  len: number,
  prot: number,
  flags: number,
  pgoff: number,
): Code<number> {
  violate(c, 'check', 'not ported yet: vm_mmap_pgoff');
}
