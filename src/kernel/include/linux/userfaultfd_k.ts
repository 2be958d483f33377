// SPDX-License-Identifier: GPL-2.0-only
/**
 * Whether a VMA is registered with a userfaultfd, and for what. Linux v6.6: include/linux/userfaultfd_k.h.
 * On 32-bit x86 only missing mode exists; write-protect and minor mode are there if a configuration of the lab has registered them.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { at } from '../../struct.ts';
import { __VM_UFFD_FLAGS, VM_UFFD_MINOR, VM_UFFD_MISSING, VM_UFFD_WP } from './mm/vm_flags.ts';
import { vm_area_struct } from './mm_types.ts';

const has = (c: Vcpu, vma: Ptr, flags: number): boolean => (peek(c, at(vma, vm_area_struct.vm_flags)) & flags) !== 0;

export const userfaultfd_missing = (c: Vcpu, vma: Ptr): boolean => has(c, vma, VM_UFFD_MISSING);
export const userfaultfd_wp = (c: Vcpu, vma: Ptr): boolean => has(c, vma, VM_UFFD_WP);
export const userfaultfd_minor = (c: Vcpu, vma: Ptr): boolean => has(c, vma, VM_UFFD_MINOR);
export const userfaultfd_armed = (c: Vcpu, vma: Ptr): boolean => has(c, vma, __VM_UFFD_FLAGS);
