// SPDX-License-Identifier: GPL-2.0-only
/**
 * The folio of a place of a shmem file, found, swapped in or made.
 * Linux v6.6: mm/shmem.c, shmem_get_folio_gfp(), shmem_get_folio().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import type { vm_fault } from '../../include/linux/mm/vm_fault.ts';

export function* shmem_get_folio(c: Vcpu, inode: Ptr, index: number, sgp: number): Code<number> {
  violate(c, 'check', 'not ported yet: shmem_get_folio');
}

export function* shmem_get_folio_gfp(c: Vcpu, inode: Ptr, index: number, sgp: number, gfp: number, vma: Ptr, vmf: vm_fault | null): Code<number> {
  violate(c, 'check', 'not ported yet: shmem_get_folio_gfp');
}
