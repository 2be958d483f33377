// SPDX-License-Identifier: GPL-2.0-only
/**
 * A page of a shmem file goes to swap.
 * Linux v6.6: mm/shmem.c, shmem_writepage().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* shmem_writepage(c: Vcpu, folio: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: shmem_writepage');
}
