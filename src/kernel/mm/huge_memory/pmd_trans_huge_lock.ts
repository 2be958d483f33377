// SPDX-License-Identifier: GPL-2.0-only
/**
 * The lock of a page directory, if an entry of it is huge. Linux v6.6: mm/huge_memory.c, __pmd_trans_huge_lock(); include/linux/huge_mm.h,
 * pmd_trans_huge_lock().
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_trans_huge } from '../../arch/x86/include/asm/pgtable.ts';
import { pmd_lock } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';

/** @returns the lock, taken, if the pmd is huge; else NULL */
export function* __pmd_trans_huge_lock(c: Vcpu, pmd: Ptr, vma: Ptr): Code<Ptr> {
  const ptl = yield* pmd_lock(c, peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr, pmd);
  if (pmd_trans_huge(peek(c, pmd))) return ptl;
  yield* spin_unlock(c, ptl);
  return NULL;
}

/** The same with a look before the lock is taken. */
export function* pmd_trans_huge_lock(c: Vcpu, pmd: Ptr, vma: Ptr): Code<Ptr> {
  return pmd_trans_huge(yield* load(c, pmd)) ? yield* __pmd_trans_huge_lock(c, pmd, vma) : NULL;
}
