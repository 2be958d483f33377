// SPDX-License-Identifier: GPL-2.0-only
/**
 * Accounts of the pages of a shmem file.
 * Linux v6.6: mm/shmem.c, shmem_charge(), shmem_uncharge(), shmem_recalc_inode().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* shmem_charge(c: Vcpu, inode: Ptr, pages: number): Code<boolean> {
  violate(c, 'check', 'not ported yet: shmem_charge');
}

export function* shmem_uncharge(c: Vcpu, inode: Ptr, pages: number): Code {
  violate(c, 'check', 'not ported yet: shmem_uncharge');
}

export function* shmem_recalc_inode(c: Vcpu, inode: Ptr, alloced: number, swapped: number): Code {
  violate(c, 'check', 'not ported yet: shmem_recalc_inode');
}
