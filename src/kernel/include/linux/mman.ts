// SPDX-License-Identifier: GPL-2.0-only
/**
 * Protection and flags of mmap() as flags of a VMA. Linux v6.6: include/linux/mman.h, calc_vm_prot_bits(), calc_vm_flag_bits().
 * left out: protection keys, MAP_SYNC.
 */
import { MAP_GROWSDOWN, MAP_LOCKED, PROT_EXEC, PROT_READ, PROT_WRITE } from '../uapi/asm-generic/mman.ts';
import { VM_EXEC, VM_GROWSDOWN, VM_LOCKED, VM_READ, VM_WRITE } from './mm/vm_flags.ts';

export const calc_vm_prot_bits = (prot: number): number =>
  ((prot & PROT_READ) !== 0 ? VM_READ : 0) | ((prot & PROT_WRITE) !== 0 ? VM_WRITE : 0) | ((prot & PROT_EXEC) !== 0 ? VM_EXEC : 0);

export const calc_vm_flag_bits = (flags: number): number =>
  ((flags & MAP_GROWSDOWN) !== 0 ? VM_GROWSDOWN : 0) | ((flags & MAP_LOCKED) !== 0 ? VM_LOCKED : 0);
