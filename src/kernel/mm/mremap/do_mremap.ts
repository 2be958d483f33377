// SPDX-License-Identifier: GPL-2.0-only
/**
 * mremap(2).
 * Linux v6.6: mm/mremap.c, SYSCALL_DEFINE5(mremap).
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* do_mremap(
  c: Vcpu,
  mm: Ptr,
  addr: number,
  old_len: number,
  new_len: number,
  flags: number,
  new_addr: number,
): Code<number> {
  violate(c, 'check', 'not ported yet: do_mremap');
}
