// SPDX-License-Identifier: GPL-2.0-only
/**
 * May this place of a shmem file be a huge page?
 * Linux v6.6: mm/shmem.c, shmem_is_huge().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* shmem_is_huge(c: Vcpu, vma: Ptr, inode: Ptr, index: number, shmem_huge_force: boolean): Code<boolean> {
  violate(c, 'check', 'not ported yet: shmem_is_huge');
}
