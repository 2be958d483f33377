// SPDX-License-Identifier: GPL-2.0-only
/**
 * mprotect() of a whole huge mapping. Linux v6.6: mm/huge_memory.c, change_huge_pmd(), can_change_pmd_writable().
 * left out: NUMA hinting, userfaultfd write protection of huge pages, which 32-bit x86 does not have.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_modify } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { set_pmd_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { HPAGE_PMD_NR, HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { huge_pmd_needs_flush } from '../../arch/x86/include/asm/tlbflush.ts';
import { type mmu_gather, tlb_change_page_size, tlb_flush_pmd_range } from '../../include/asm-generic/tlb.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';
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
  _cp_flags: number,
): Code<number> {
  tlb_change_page_size(c, tlb, HPAGE_PMD_SIZE);
  const ptl = yield* __pmd_trans_huge_lock(c, pmd, vma);
  if (ptl === NULL) return 0;
  // Cleared in one step, so that an A or D bit that the processor sets meanwhile is not lost.
  const oldLo = yield* pmdp_invalidate_ad(c, vma, addr, pmd);
  const oldHi = c.hi;
  const lo = pmd_modify(c, oldLo, oldHi, newprotLo, newprotHi);
  const { hi } = c;
  yield* set_pmd_at(c, tlb.mm, addr, pmd, lo, hi);
  if (huge_pmd_needs_flush(oldLo, oldHi, lo, hi)) tlb_flush_pmd_range(c, tlb, addr, HPAGE_PMD_SIZE);
  yield* spin_unlock(c, ptl);
  return HPAGE_PMD_NR;
}
