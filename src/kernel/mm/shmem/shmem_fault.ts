// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page of a fault in a shmem file.
 * Linux v6.6: mm/shmem.c, shmem_fault().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { vm_fault } from '../../include/linux/mm/vm_fault.ts';

export function* shmem_fault(c: Vcpu, vmf: vm_fault): Code<number> {
  violate(c, 'check', 'not ported yet: shmem_fault');
}
