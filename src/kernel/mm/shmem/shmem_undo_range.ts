// SPDX-License-Identifier: GPL-2.0-only
/**
 * Taking pages away from a shmem file.
 * Linux v6.6: mm/shmem.c, shmem_undo_range(), shmem_truncate_range().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* shmem_truncate_range(c: Vcpu, inode: Ptr, lstart: number, lend: number): Code {
  violate(c, 'check', 'not ported yet: shmem_truncate_range');
}
