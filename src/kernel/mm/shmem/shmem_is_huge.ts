// SPDX-License-Identifier: GPL-2.0-only
/**
 * May this place of a shmem file be a huge page? Linux v6.6: mm/shmem.c, shmem_is_huge().
 * v6.1 looks at the flags that the VMA has; v6.6 at those that it is going to have.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_NR } from '../../arch/x86/include/asm/pgtable_types.ts';
import { i_size_read, S_ISREG } from '../../include/linux/fs.ts';
import { VM_HUGEPAGE, VM_NOHUGEPAGE } from '../../include/linux/mm/vm_flags.ts';
import { inode as struct_inode, super_block, vm_area_struct } from '../../include/linux/mm_types.ts';
import {
  SHMEM_HUGE_ADVISE,
  SHMEM_HUGE_ALWAYS,
  SHMEM_HUGE_DENY,
  SHMEM_HUGE_FORCE,
  SHMEM_HUGE_WITHIN_SIZE,
} from '../../include/linux/shmem_fs.ts';
import { since } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { shmem_huge } from '../huge_memory/transparent_hugepage_flags.ts';

/**
 * @param vma whose advice counts, or NULL
 * @param index page offset in the file
 * @param shmem_huge_force whatever the mount and the advice say: MADV_COLLAPSE
 * @param vm_flags what madvise() is about to give the VMA; v6.6 goes by them
 */
export function* shmem_is_huge(
  c: Vcpu,
  vma: Ptr,
  inode: Ptr,
  index: number,
  shmem_huge_force: boolean,
  vm_flags: number | null = null,
): Code<boolean> {
  if (!S_ISREG(c, inode)) return false;
  const flags = vma === NULL ? 0 : flagsOf(c, vma, vm_flags);
  if ((flags & VM_NOHUGEPAGE) !== 0) return false;
  const global = shmem_huge(c);
  if (global === SHMEM_HUGE_DENY) return false;
  if (shmem_huge_force || global === SHMEM_HUGE_FORCE) return true;
  const huge = peek(c, at(peek(c, at(inode, struct_inode.i_sb)) as Ptr, super_block.huge)) | 0;
  if (huge === SHMEM_HUGE_ALWAYS) return true;
  if (huge === SHMEM_HUGE_WITHIN_SIZE) {
    const end = Math.ceil((index + 1) / HPAGE_PMD_NR) * HPAGE_PMD_NR;
    if (Math.ceil((yield* i_size_read(c, inode)) / 4096) >= end) return true;
  }
  return (huge === SHMEM_HUGE_WITHIN_SIZE || huge === SHMEM_HUGE_ADVISE) && (flags & VM_HUGEPAGE) !== 0;
}

function flagsOf(c: Vcpu, vma: Ptr, vm_flags: number | null): number {
  return vm_flags !== null && since(c, '2cf1338454a8') ? vm_flags : peek(c, at(vma, vm_area_struct.vm_flags));
}
