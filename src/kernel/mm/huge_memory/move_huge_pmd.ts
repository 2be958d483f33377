// SPDX-License-Identifier: GPL-2.0-only
/**
 * mremap() of a whole huge mapping. Linux v6.6: mm/huge_memory.c, move_huge_pmd(). mmap_lock is held for writing, and the rmap locks.
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmdp_huge_get_and_clear, set_pmd_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pmd_none, pmd_present } from '../../arch/x86/include/asm/pgtable.ts';
import { PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { pmd_lockptr } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { spin_lock_nested, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { vma_is_anonymous } from '../mmap/find_vma.ts';
import { pgtable_trans_huge_deposit, pgtable_trans_huge_withdraw } from '../pgtable-generic/pgtable_trans_huge_deposit.ts';
import { flush_pmd_tlb_range } from '../pgtable-generic/ptep_clear_flush.ts';
import { __pmd_trans_huge_lock } from './pmd_trans_huge_lock.ts';

/** @returns whether it was moved */
export function* move_huge_pmd(c: Vcpu, vma: Ptr, old_addr: number, new_addr: number, old_pmd: Ptr, new_pmd: Ptr): Code<boolean> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  if (!pmd_none(yield* load(c, new_pmd))) return false;
  const old_ptl = yield* __pmd_trans_huge_lock(c, old_pmd, vma);
  if (old_ptl === NULL) return false;
  const new_ptl = pmd_lockptr(c, mm, new_pmd);
  if (new_ptl !== old_ptl) yield* spin_lock_nested(c, new_ptl, 1);
  const lo = yield* pmdp_huge_get_and_clear(c, mm, old_addr, old_pmd);
  const { hi } = c;
  // The deposited table belongs to the page directory, and so does its lock.
  if (new_ptl !== old_ptl && vma_is_anonymous(c, vma))
    pgtable_trans_huge_deposit(c, mm, new_pmd, pgtable_trans_huge_withdraw(c, mm, old_pmd));
  yield* set_pmd_at(c, mm, new_addr, new_pmd, lo, hi);
  if (pmd_present(lo)) yield* flush_pmd_tlb_range(c, vma, old_addr, old_addr + PMD_SIZE);
  if (new_ptl !== old_ptl) yield* spin_unlock(c, new_ptl);
  yield* spin_unlock(c, old_ptl);
  return true;
}
