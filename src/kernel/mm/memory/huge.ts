// SPDX-License-Identifier: GPL-2.0-only
/**
 * A huge mapping comes and goes. Linux v6.6: mm/memory.c, do_set_pmd(); mm/huge_memory.c, zap_huge_pmd(); mm/memory.c, zap_page_range_single().
 * Left out: counters, rmap, mmu notifiers, the deposited table (x86 deposits none for file THP).
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { pfnHigh, pfnLow } from '../../../../mmu/entry.ts';
import type { Pfn, Ptr } from '../../../../mmu/types.ts';
import { pmd_none, pmd_trans_huge } from '../../arch/x86/include/asm/pgtable.ts';
import { _PAGE_NX_HIGH, _PAGE_PSE, _PAGE_TABLE, HPAGE_PMD_SIZE, PMD_SHIFT } from '../../arch/x86/include/asm/pgtable_types.ts';
import { native_pmdp_get_and_clear, native_set_pmd } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { flush_tlb_mm_range } from '../../arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { pmd_lock } from '../../include/linux/mm.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';

/** Maps a huge page that may not be executed. @returns false if something was mapped already */
export function* do_set_pmd(c: Vcpu, mm: Ptr, pmd: Ptr, hpage: Pfn): Code<boolean> {
  const ptl = yield* pmd_lock(c, mm, pmd);
  const none = pmd_none(peek(c, pmd));
  if (none) yield* native_set_pmd(c, pmd, pfnLow(hpage) | _PAGE_TABLE | _PAGE_PSE, pfnHigh(hpage) | _PAGE_NX_HIGH);
  yield* spin_unlock(c, ptl);
  return none;
}

/** Takes a huge mapping away, then flushes: tlb_finish_mmu() comes after the lock is dropped. @returns whether there was one */
export function* zap_huge_pmd(c: Vcpu, mm: Ptr, pmd: Ptr, address: number): Code<boolean> {
  const ptl = yield* pmd_lock(c, mm, pmd);
  const huge = pmd_trans_huge(peek(c, pmd));
  if (huge) yield* native_pmdp_get_and_clear(c, pmd);
  yield* spin_unlock(c, ptl);
  if (huge) yield* flush_tlb_mm_range(c, mm, address, address + HPAGE_PMD_SIZE, PMD_SHIFT, false);
  return huge;
}
