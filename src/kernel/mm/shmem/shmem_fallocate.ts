// SPDX-License-Identifier: GPL-2.0-only
/**
 * Holes punched and pages made.
 * Linux v6.6: mm/shmem.c, shmem_fallocate().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* shmem_fallocate(c: Vcpu, file: Ptr, mode: number, offset: number, len: number): Code<number> {
  violate(c, 'check', 'not ported yet: shmem_fallocate');
}
