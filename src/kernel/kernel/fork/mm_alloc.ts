// SPDX-License-Identifier: GPL-2.0-only
/**
 * A new address space.
 * Linux v6.6: kernel/fork.c, mm_alloc(), mm_init().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* mm_alloc(c: Vcpu): Code<Ptr> {
  violate(c, 'check', 'not ported yet: mm_alloc');
}
