// SPDX-License-Identifier: GPL-2.0-only
/**
 * How an address gets its page directory and its page table. Linux v6.6: mm/memory.c, __pmd_alloc(), __pte_alloc(), pmd_install();
 * include/linux/mm.h, pmd_alloc(), pte_alloc().
 *
 * A process begins with all its page directories (arch/x86/mm/pgtable.c); one is missing only after free_pgtables() has taken it.
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mm_inc_nr_pmds, pmd_populate, pud_populate } from '../../arch/x86/include/asm/pgalloc.ts';
import { pmd_none } from '../../arch/x86/include/asm/pgtable.ts';
import { pmd_alloc_one, pmd_free } from '../../arch/x86/mm/pgtable/pgd_alloc.ts';
import { pte_alloc_one, pte_free } from '../../arch/x86/mm/pgtable/pte_alloc_one.ts';
import { flush_tlb_mm } from '../../arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { guard, on } from '../../guard.ts';
import { mm_find_pmd, mm_inc_nr_ptes, pmd_lock } from '../../include/linux/mm.ts';
import { mm_struct } from '../../include/linux/mm_types.ts';
import { pud_none, pud_offset } from '../../include/linux/pgtable/pud_offset.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';

export const pud_flush = guard(
  'pud-populate-flush',
  'flush_tlb_mm() after a page directory is hooked into the top level',
  'arch/x86/include/asm/pgtable-3level.h',
);

/** @returns the pmd entry, or NULL without memory */
export function* pmd_alloc(c: Vcpu, mm: Ptr, address: number): Code<Ptr> {
  const pud = pud_offset(c, mm, address);
  if (pud_none(yield* load(c, pud)) && (yield* __pmd_alloc(c, mm, pud, address))) return NULL;
  return mm_find_pmd(c, mm, address);
}

function* __pmd_alloc(c: Vcpu, mm: Ptr, pud: Ptr, address: number): Code<boolean> {
  const table = yield* pmd_alloc_one(c, mm, address);
  if (table === NULL) return true;
  const ptl = at(mm, mm_struct.page_table_lock); // pud_lock()
  yield* spin_lock(c, ptl);
  const none = pud_none(peek(c, pud));
  if (none) {
    yield* mm_inc_nr_pmds(c, mm);
    // smp_wmb(): nothing to do under TSO. Pairs with the address dependency of whoever walks through the new entry.
    yield* pud_populate(c, mm, pud, table);
    if (on(c, pud_flush)) yield* flush_tlb_mm(c, mm); // the processors have the top level in registers
  }
  yield* spin_unlock(c, ptl);
  if (!none) yield* pmd_free(c, mm, table);
  return false;
}

/** @returns whether the table was used; the slot already had one otherwise */
export function* pmd_install(c: Vcpu, mm: Ptr, pmd: Ptr, pte: Ptr): Code<boolean> {
  const ptl = yield* pmd_lock(c, mm, pmd);
  const none = pmd_none(peek(c, pmd));
  if (none) {
    yield* mm_inc_nr_ptes(c, mm);
    // smp_wmb(): nothing to do under TSO. Pairs with the address dependency of whoever walks through the new entry: the table is zeroed first.
    yield* pmd_populate(c, mm, pmd, pte);
  }
  yield* spin_unlock(c, ptl);
  return none;
}

/** @returns whether there was no memory */
export function* __pte_alloc(c: Vcpu, mm: Ptr, pmd: Ptr): Code<boolean> {
  const table = yield* pte_alloc_one(c, mm);
  if (table === NULL) return true;
  if (!(yield* pmd_install(c, mm, pmd, table))) yield* pte_free(c, mm, table);
  return false;
}

/** A look without the lock: pmd_install() looks again under it. @returns whether there was no memory */
export function* pte_alloc(c: Vcpu, mm: Ptr, pmd: Ptr): Code<boolean> {
  return pmd_none(yield* load(c, pmd)) && (yield* __pte_alloc(c, mm, pmd));
}
