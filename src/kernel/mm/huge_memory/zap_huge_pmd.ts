// SPDX-License-Identifier: GPL-2.0-only
/**
 * A huge mapping is taken away whole. Linux v6.6: mm/huge_memory.c, zap_huge_pmd(), zap_deposited_table().
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmdp_huge_get_and_clear } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pmd_pfn } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_NR, HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { pte_free } from '../../arch/x86/mm/pgtable/pte_alloc_one.ts';
import { type mmu_gather, tlb_change_page_size, tlb_remove_pmd_tlb_entry } from '../../include/asm-generic/tlb.ts';
import { add_mm_counter, mm_counter_file } from '../../include/linux/mm/mm_counter.ts';
import { pfn_to_page } from '../../include/linux/mm/page.ts';
import { mm_dec_nr_ptes } from '../../include/linux/mm.ts';
import { MM_ANONPAGES } from '../../include/linux/mm_types.ts';
import { PageAnon } from '../../include/linux/page-flags.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';
import { tlb_remove_page_size } from '../mmu_gather/tlb_gather_mmu.ts';
import { pgtable_trans_huge_withdraw } from '../pgtable-generic/pgtable_trans_huge_deposit.ts';
import { page_remove_rmap } from '../rmap/page_remove_rmap.ts';
import { is_huge_zero_pmd } from './huge_zero_page.ts';
import { __pmd_trans_huge_lock } from './pmd_trans_huge_lock.ts';

/** @returns false if the pmd is not huge any more */
export function* zap_huge_pmd(c: Vcpu, tlb: mmu_gather, vma: Ptr, pmd: Ptr, addr: number): Code<boolean> {
  const { mm } = tlb;
  tlb_change_page_size(c, tlb, HPAGE_PMD_SIZE);
  const ptl = yield* __pmd_trans_huge_lock(c, pmd, vma);
  if (ptl === NULL) return false;
  // The entry is cleared before the mapping leaves the count: a walk by rmap that finds it must not find a page without mappings.
  const lo = yield* pmdp_huge_get_and_clear(c, mm, addr, pmd);
  const { hi } = c;
  tlb_remove_pmd_tlb_entry(c, tlb, pmd, addr);
  if (is_huge_zero_pmd(c, lo, hi)) {
    yield* zap_deposited_table(c, mm, pmd);
    yield* spin_unlock(c, ptl);
    return true;
  }
  const folio = pfn_to_page(c, pmd_pfn(lo, hi));
  yield* page_remove_rmap(c, folio, vma, true);
  if (PageAnon(c, folio)) {
    yield* zap_deposited_table(c, mm, pmd);
    add_mm_counter(c, mm, MM_ANONPAGES, -HPAGE_PMD_NR);
  } else add_mm_counter(c, mm, yield* mm_counter_file(c, folio), -HPAGE_PMD_NR);
  yield* spin_unlock(c, ptl);
  yield* tlb_remove_page_size(c, tlb, folio, HPAGE_PMD_SIZE);
  return true;
}

/** Nobody has walked through it since it was deposited, so it goes at once. */
function* zap_deposited_table(c: Vcpu, mm: Ptr, pmd: Ptr): Code {
  yield* pte_free(c, mm, pgtable_trans_huge_withdraw(c, mm, pmd));
  yield* mm_dec_nr_ptes(c, mm);
}
