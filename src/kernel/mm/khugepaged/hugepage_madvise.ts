// SPDX-License-Identifier: GPL-2.0-only
/** MADV_HUGEPAGE and MADV_NOHUGEPAGE. Linux v6.6: mm/khugepaged.c, hugepage_madvise(). */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { VM_HUGEPAGE, VM_NOHUGEPAGE } from '../../include/linux/mm/vm_flags.ts';
import { MADV_HUGEPAGE } from '../../include/uapi/asm-generic/mman.ts';
import { khugepaged_enter_vma } from './khugepaged_enter.ts';

/** @returns 0; the new flags are in c.out */
export function* hugepage_madvise(c: Vcpu, vma: Ptr, vm_flags: number, advice: number): Code<number> {
  let flags = vm_flags;
  if (advice === MADV_HUGEPAGE) {
    flags = (vm_flags & ~VM_NOHUGEPAGE) | VM_HUGEPAGE;
    yield* khugepaged_enter_vma(c, vma, flags); // there may be no fault for a long time
  } else flags = (vm_flags & ~VM_HUGEPAGE) | VM_NOHUGEPAGE;
  c.out = flags >>> 0;
  return 0;
}
