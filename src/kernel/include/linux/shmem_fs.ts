// SPDX-License-Identifier: GPL-2.0-only
/**
 * What others need to know of shmem. Linux v6.6: include/linux/shmem_fs.h; mm/shmem.c, shmem_mapping(), vma_is_shmem(), SHMEM_HUGE_*.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { at } from '../../struct.ts';
import { shmem_anon_vm_ops, shmem_aops, shmem_vm_ops } from './fs.ts';
import { address_space, vm_area_struct } from './mm_types.ts';

/** Do not exceed i_size, do not make a page. */
export const SGP_READ = 0;
/** Like SGP_READ, but a hole is -ENOENT or a fallocated page is found. */
export const SGP_NOALLOC = 1;
/** May make a page within i_size. */
export const SGP_CACHE = 2;
/** May exceed i_size, may make a page. */
export const SGP_WRITE = 3;
/** Like SGP_WRITE, but a page of a hole stays not uptodate. */
export const SGP_FALLOC = 4;

/** Of super_block.huge, and of the global shmem_huge. */
export const SHMEM_HUGE_NEVER = 0;
export const SHMEM_HUGE_ALWAYS = 1;
export const SHMEM_HUGE_WITHIN_SIZE = 2;
export const SHMEM_HUGE_ADVISE = 3;
export const SHMEM_HUGE_DENY = -1;
export const SHMEM_HUGE_FORCE = -2;

export const shmem_mapping = (c: Vcpu, mapping: Ptr): boolean => peek(c, at(mapping, address_space.a_ops)) === shmem_aops;

export function vma_is_shmem(c: Vcpu, vma: Ptr): boolean {
  const ops = peek(c, at(vma, vm_area_struct.vm_ops));
  return ops === shmem_vm_ops || ops === shmem_anon_vm_ops;
}
