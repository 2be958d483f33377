// SPDX-License-Identifier: GPL-2.0-only
/**
 * The table goes at once: every lock that walks go by is held for writing. Linux v6.5: mm/khugepaged.c, collapse_and_free_pmd().
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { PTE_TABLE } from '../../../../mmu/frames.ts';
import { pageOfSlot } from '../../../../mmu/phys-mem.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { pte_free } from '../../arch/x86/mm/pgtable/pte_alloc_one.ts';
import { mm_dec_nr_ptes, pmd_lock, pmd_page } from '../../include/linux/mm.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';
import { tlb_remove_table_sync_one } from '../mmu_gather/tlb_remove_table_sync_one.ts';
import { mmu_notifier_invalidate_range_end, mmu_notifier_invalidate_range_start } from '../mmu_notifier/mmu_notifier.ts';
import { pmdp_collapse_flush } from '../pgtable-generic/pmdp_collapse_flush.ts';

export function* collapse_and_free_pmd(c: Vcpu, mm: Ptr, vma: Ptr, addr: number, pmd: Ptr): Code {
  yield* mmu_notifier_invalidate_range_start(c, mm, addr, addr + HPAGE_PMD_SIZE);
  const pml = yield* pmd_lock(c, mm, pmd);
  const lo = yield* pmdp_collapse_flush(c, vma, addr, pmd);
  const hi = c.hi;
  yield* spin_unlock(c, pml);
  yield* tlb_remove_table_sync_one(c);
  yield* mmu_notifier_invalidate_range_end(c, mm, addr, addr + HPAGE_PMD_SIZE);
  yield* mm_dec_nr_ptes(c, mm);
  yield* pte_free(c, mm, pageOfSlot(c.m.mem, pmd_page(c, lo, hi, PTE_TABLE, 'is freed as a page table')));
}
