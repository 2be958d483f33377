// SPDX-License-Identifier: GPL-2.0-only
/**
 * Tables join what an unmapping frees. Linux v6.6: include/asm-generic/tlb.h, pte_free_tlb(), pmd_free_tlb().
 *
 * A table may be remembered by lazy CPUs too: freed_tables makes the flush reach them.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { ___pmd_free_tlb } from '../../arch/x86/mm/pgtable/pgd_alloc.ts';
import { ___pte_free_tlb } from '../../arch/x86/mm/pgtable/pte_alloc_one.ts';
import { type mmu_gather, tlb_flush_pmd_range, tlb_flush_pud_range } from '../../include/asm-generic/tlb.ts';

/** @param pte struct page of the table */
export function* pte_free_tlb(c: Vcpu, tlb: mmu_gather, pte: Ptr, address: number): Code {
  tlb_flush_pmd_range(c, tlb, address, 4096);
  tlb.freed_tables = true;
  yield* ___pte_free_tlb(c, tlb, pte);
}

/** @param pmd struct page of the page directory */
export function* pmd_free_tlb(c: Vcpu, tlb: mmu_gather, pmd: Ptr, address: number): Code {
  tlb_flush_pud_range(c, tlb, address, 4096);
  tlb.freed_tables = true;
  yield* ___pmd_free_tlb(c, tlb, pmd);
}
