// SPDX-License-Identifier: GPL-2.0-only
/**
 * May a VMA have huge pages? Linux v6.6: mm/huge_memory.c, hugepage_vma_check(), file_thp_enabled(); include/linux/huge_mm.h,
 * transhuge_vma_suitable(). The same in v6.1.
 * left out: DAX, VMAs without an mm.
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_MASK, HPAGE_PMD_NR, HPAGE_PMD_SIZE, PAGE_SHIFT } from '../../arch/x86/include/asm/pgtable_types.ts';
import { file_inode, inode_is_open_for_write, S_ISREG } from '../../include/linux/fs.ts';
import {
  VM_EXEC,
  VM_GROWSDOWN,
  VM_HUGEPAGE,
  VM_NO_KHUGEPAGED,
  VM_NOHUGEPAGE,
  VM_STACK_INCOMPLETE_SETUP,
} from '../../include/linux/mm/vm_flags.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { MMF_DISABLE_THP } from '../../include/linux/sched/coredump.ts';
import { vma_is_shmem } from '../../include/linux/shmem_fs.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { vma_is_anonymous } from '../mmap/find_vma.ts';
import { shmem_is_huge } from '../shmem/shmem_is_huge.ts';
import { hugepage_flags_always, hugepage_flags_enabled } from './transparent_hugepage_flags.ts';

/** Does a huge page fit at `addr`: is the file offset aligned as the address is, and the range inside the VMA? */
export function transhuge_vma_suitable(c: Vcpu, vma: Ptr, addr: number): boolean {
  const vm_start = peek(c, at(vma, vm_area_struct.vm_start));
  if (!vma_is_anonymous(c, vma)) {
    const start_pgoff = vm_start >>> PAGE_SHIFT;
    if (((start_pgoff - peek(c, at(vma, vm_area_struct.vm_pgoff))) & (HPAGE_PMD_NR - 1)) !== 0) return false;
  }
  const haddr = (addr & HPAGE_PMD_MASK) >>> 0;
  return haddr >= vm_start && haddr + HPAGE_PMD_SIZE <= peek(c, at(vma, vm_area_struct.vm_end));
}

/**
 * @param smaps only to be shown: an anon_vma is not asked for
 * @param in_pf a page fault asks
 * @param enforce_sysfs what the administrator has switched off counts: not for MADV_COLLAPSE
 */
export function* hugepage_vma_check(
  c: Vcpu,
  vma: Ptr,
  vm_flags: number,
  smaps: boolean,
  in_pf: boolean,
  enforce_sysfs: boolean,
): Code<boolean> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  if ((vm_flags & VM_NOHUGEPAGE) !== 0 || ((yield* load(c, at(mm, mm_struct.flags))) & (1 << MMF_DISABLE_THP)) !== 0) return false;
  if ((vm_flags & VM_NO_KHUGEPAGED) !== 0) return false;
  if (!in_pf && !transhuge_vma_suitable(c, vma, peek(c, at(vma, vm_area_struct.vm_end)) - HPAGE_PMD_SIZE)) return false;
  if (!in_pf && vma_is_shmem(c, vma)) {
    const inode_ptr = file_inode(c, peek(c, at(vma, vm_area_struct.vm_file)) as Ptr);
    return yield* shmem_is_huge(c, vma, inode_ptr, peek(c, at(vma, vm_area_struct.vm_pgoff)), !enforce_sysfs, vm_flags);
  }
  if (enforce_sysfs) {
    if (!hugepage_flags_enabled(c)) return false;
    if ((vm_flags & VM_HUGEPAGE) === 0 && !hugepage_flags_always(c)) return false;
  }
  if (!in_pf && (yield* file_thp_enabled(c, vma))) return true;
  if (!vma_is_anonymous(c, vma)) return false;
  if (vma_is_temporary_stack(vm_flags)) return false;
  // An anon_vma comes with the first page, so a range without one has nothing to collapse.
  return smaps || in_pf || (yield* load(c, at(vma, vm_area_struct.anon_vma))) !== NULL;
}

const vma_is_temporary_stack = (vm_flags: number): boolean =>
  (vm_flags & VM_GROWSDOWN) !== 0 && (vm_flags & VM_STACK_INCOMPLETE_SETUP) === VM_STACK_INCOMPLETE_SETUP;

/** CONFIG_READ_ONLY_THP_FOR_FS: executables of ordinary files that nobody has open for writing. */
function* file_thp_enabled(c: Vcpu, vma: Ptr): Code<boolean> {
  const vm_file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  if (vm_file === NULL || kernelOf(c).config.readOnlyThpForFs !== true) return false;
  if ((peek(c, at(vma, vm_area_struct.vm_flags)) & VM_EXEC) === 0) return false;
  const inode_ptr = file_inode(c, vm_file);
  return !(yield* inode_is_open_for_write(c, inode_ptr)) && S_ISREG(c, inode_ptr);
}
