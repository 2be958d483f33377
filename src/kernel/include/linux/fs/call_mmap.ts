// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a file makes of a VMA that is to map it. Linux v6.6: include/linux/fs.h, call_mmap(); mm/shmem.c, shmem_mmap(); mm/filemap.c,
 * generic_file_mmap().
 */
import { peek, poke } from '../../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../mmu/types.ts';
import { at } from '../../../struct.ts';
import { file_inode, file_mapping, generic_file_vm_ops, shmem_anon_vm_ops, shmem_vm_ops } from '../fs.ts';
import { inode, vm_area_struct } from '../mm_types.ts';
import { shmem_mapping } from '../shmem_fs.ts';

export function call_mmap(c: Vcpu, file: Ptr, vma: Ptr): void {
  const named = peek(c, at(file_inode(c, file), inode.i_nlink)) !== 0;
  const shmem = named ? shmem_vm_ops : shmem_anon_vm_ops;
  poke(c, at(vma, vm_area_struct.vm_ops), shmem_mapping(c, file_mapping(c, file)) ? shmem : generic_file_vm_ops);
}
