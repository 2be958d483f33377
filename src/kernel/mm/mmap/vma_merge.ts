// SPDX-License-Identifier: GPL-2.0-only
/**
 * VMAs that become one.
 * Linux v6.6: mm/mmap.c, vma_merge().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* vma_merge(
  c: Vcpu,
  mm: Ptr,
  prev: Ptr,
  addr: number,
  end: number,
  vm_flags: number,
  anon_vma: Ptr,
  file: Ptr,
  pgoff: number,
  uffd_ctx: Ptr,
): Code<Ptr> {
  violate(c, 'check', 'not ported yet: vma_merge');
}
