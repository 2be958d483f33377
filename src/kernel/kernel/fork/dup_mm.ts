// SPDX-License-Identifier: GPL-2.0-only
/**
 * An address space for a child.
 * Linux v6.6: kernel/fork.c, dup_mm(), dup_mmap().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* dup_mm(c: Vcpu, oldmm: Ptr): Code<Ptr> {
  violate(c, 'check', 'not ported yet: dup_mm');
}
