// SPDX-License-Identifier: GPL-2.0-only
/**
 * mprotect() of a whole huge mapping. Linux v6.6: mm/huge_memory.c, change_huge_pmd(), can_change_pmd_writable().
 * left out: NUMA hinting, userfaultfd write protection of huge pages, which 32-bit x86 does not have.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_modify } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { set_pmd_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pmd_dirty, pmd_mkwrite, pmd_write } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_NR, HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { huge_pmd_needs_flush } from '../../arch/x86/include/asm/tlbflush.ts';
import { type mmu_gather, tlb_change_page_size, tlb_flush_pmd_range } from '../../include/asm-generic/tlb.ts';
import { MM_CP_TRY_CHANGE_WRITABLE } from '../../include/linux/mm/mm_cp.ts';
import { VM_SHARED, VM_WRITE } from '../../include/linux/mm/vm_flags.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { PageAnon, PageAnonExclusive } from '../../include/linux/page-flags.ts';
import { userfaultfd_wp } from '../../include/linux/userfaultfd_k.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';
import { since } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { vm_normal_page_pmd } from '../memory/vm_normal_page.ts';
import { pmdp_invalidate_ad } from '../pgtable-generic/ptep_clear_flush.ts';
import { __pmd_trans_huge_lock } from './pmd_trans_huge_lock.ts';

/** @returns 0: no huge pmd; 1: left alone; 512: changed */
export function* change_huge_pmd(
  c: Vcpu,
  tlb: mmu_gather,
  vma: Ptr,
  pmd: Ptr,
  addr: number,
  newprotLo: number,
  newprotHi: number,
  cp_flags: number,
): Code<number> {
  tlb_change_page_size(c, tlb, HPAGE_PMD_SIZE);
  const ptl = yield* __pmd_trans_huge_lock(c, pmd, vma);
  if (ptl === NULL) return 0;
  // Cleared in one step, so that an A or D bit that the processor sets meanwhile is not lost.
  const oldLo = yield* pmdp_invalidate_ad(c, vma, addr, pmd);
  const oldHi = c.hi;
  const modified = pmd_modify(c, oldLo, oldHi, newprotLo, newprotHi);
  const { hi } = c;
  const writable = (cp_flags & MM_CP_TRY_CHANGE_WRITABLE) !== 0 && (yield* can_change_pmd_writable(c, vma, addr, modified, hi));
  const lo = writable ? pmd_mkwrite(modified) : modified;
  yield* set_pmd_at(c, tlb.mm, addr, pmd, lo, hi);
  if (huge_pmd_needs_flush(oldLo, oldHi, lo, hi)) tlb_flush_pmd_range(c, tlb, addr, HPAGE_PMD_SIZE);
  yield* spin_unlock(c, ptl);
  return HPAGE_PMD_NR;
}

/** From 6.2 on: a write fault that would only find the page its own is spared. */
function* can_change_pmd_writable(c: Vcpu, vma: Ptr, addr: number, lo: number, hi: number): Code<boolean> {
  const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
  if (!since(c, 'c27f479ef542') || pmd_write(lo) || (vm_flags & VM_WRITE) === 0 || userfaultfd_wp(c, vma)) return false;
  if ((vm_flags & VM_SHARED) !== 0) return pmd_dirty(lo);
  const page = vm_normal_page_pmd(c, vma, addr, lo, hi);
  return page !== NULL && PageAnon(c, page) && (yield* PageAnonExclusive(c, page));
}
