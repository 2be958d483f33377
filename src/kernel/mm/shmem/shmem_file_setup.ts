// SPDX-License-Identifier: GPL-2.0-only
/**
 * Files without a name: memfd, shared anonymous memory.
 * Linux v6.6: mm/shmem.c, shmem_file_setup(), shmem_zero_setup().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* shmem_file_setup(c: Vcpu, size: number, flags: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: shmem_file_setup');
}

export function* shmem_zero_setup(c: Vcpu, vma: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: shmem_zero_setup');
}
