// SPDX-License-Identifier: GPL-2.0-only
/**
 * fork(): a huge page is shared from now on, read-only on both sides. Linux v6.6: mm/huge_memory.c, copy_huge_pmd().
 * One that may be pinned is split, so that its pages are copied one by one.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmdp_set_wrprotect, set_pmd_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pmd_mkold, pmd_pfn, pmd_trans_huge, pmd_wrprotect } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_NR } from '../../arch/x86/include/asm/pgtable_types.ts';
import { pte_alloc_one, pte_free } from '../../arch/x86/mm/pgtable/pte_alloc_one.ts';
import { add_mm_counter } from '../../include/linux/mm/mm_counter.ts';
import { pfn_to_page } from '../../include/linux/mm/page.ts';
import { mm_inc_nr_ptes, pmd_lock, pmd_lockptr } from '../../include/linux/mm.ts';
import { MM_ANONPAGES } from '../../include/linux/mm_types.ts';
import { folio_get } from '../../include/linux/page_ref.ts';
import { page_try_dup_anon_rmap } from '../../include/linux/rmap/page_dup_rmap.ts';
import { EAGAIN, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { spin_lock_nested, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { vma_is_anonymous } from '../mmap/find_vma.ts';
import { pgtable_trans_huge_deposit } from '../pgtable-generic/pgtable_trans_huge_deposit.ts';
import { folio_put } from '../swap/put_page.ts';
import { __split_huge_pmd } from './__split_huge_pmd.ts';
import { is_huge_zero_pmd, mm_get_huge_zero_page } from './huge_zero_page.ts';

/** @returns 0; -EAGAIN: go on with the page table, if there is one; or -ENOMEM */
export function* copy_huge_pmd(
  c: Vcpu,
  dst_mm: Ptr,
  src_mm: Ptr,
  dst_pmd: Ptr,
  src_pmd: Ptr,
  addr: number,
  dst_vma: Ptr,
  src_vma: Ptr,
): Code<number> {
  if (!vma_is_anonymous(c, dst_vma)) return 0; // a fault finds it again
  const pgtable = yield* pte_alloc_one(c, dst_mm);
  if (pgtable === NULL) return -ENOMEM;
  const dst_ptl = yield* pmd_lock(c, dst_mm, dst_pmd);
  const src_ptl = pmd_lockptr(c, src_mm, src_pmd);
  yield* spin_lock_nested(c, src_ptl, 1);
  const lo = peek(c, src_pmd);
  const hi = peek(c, at(src_pmd, 1));
  if (!pmd_trans_huge(lo)) {
    yield* spin_unlock(c, src_ptl);
    yield* spin_unlock(c, dst_ptl);
    yield* pte_free(c, dst_mm, pgtable);
    return -EAGAIN;
  }
  if (is_huge_zero_pmd(c, lo, hi)) yield* mm_get_huge_zero_page(c, dst_mm);
  else {
    const src_folio = pfn_to_page(c, pmd_pfn(lo, hi));
    yield* folio_get(c, src_folio);
    if ((yield* page_try_dup_anon_rmap(c, src_folio, true, src_vma)) !== 0) {
      yield* spin_unlock(c, src_ptl);
      yield* spin_unlock(c, dst_ptl);
      yield* folio_put(c, src_folio);
      yield* pte_free(c, dst_mm, pgtable);
      yield* __split_huge_pmd(c, src_vma, src_pmd, addr, false, NULL);
      return -EAGAIN;
    }
    add_mm_counter(c, dst_mm, MM_ANONPAGES, HPAGE_PMD_NR);
  }
  yield* mm_inc_nr_ptes(c, dst_mm);
  pgtable_trans_huge_deposit(c, dst_mm, dst_pmd, pgtable);
  yield* pmdp_set_wrprotect(c, src_mm, addr, src_pmd);
  yield* set_pmd_at(c, dst_mm, addr, dst_pmd, pmd_mkold(pmd_wrprotect(lo)), hi);
  yield* spin_unlock(c, src_ptl);
  yield* spin_unlock(c, dst_ptl);
  return 0;
}
