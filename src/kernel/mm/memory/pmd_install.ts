// SPDX-License-Identifier: GPL-2.0-only
/**
 * How a slot gets a page table. Linux v6.6: mm/memory.c, pmd_install(), __pte_alloc(); include/linux/mm.h, pte_alloc();
 * arch/x86/include/asm/pgalloc.h, pmd_populate().
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { pfnHigh, pfnLow } from '../../../../mmu/entry.ts';
import { pfnOfSlot } from '../../../../mmu/phys-mem.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { pmd_none } from '../../arch/x86/include/asm/pgtable.ts';
import { _PAGE_TABLE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { native_set_pmd } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { data_race } from '../../guard.ts';
import { mm_inc_nr_ptes, pmd_lock } from '../../include/linux/mm.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';
import { pte_alloc_one, pte_free } from '../page_alloc/alloc_pages.ts';

data_race('pmd_none(*pmd) in pte_alloc', 'include/linux/mm.h pte_alloc');

export function* pmd_populate(c: Vcpu, pmd: Ptr, slot: number): Code {
  const pfn = pfnOfSlot(c.m.mem, slot);
  yield* native_set_pmd(c, pmd, pfnLow(pfn) | _PAGE_TABLE, pfnHigh(pfn));
}

/** @returns whether the table was used; the slot already had one otherwise */
export function* pmd_install(c: Vcpu, mm: Ptr, pmd: Ptr, slot: number): Code<boolean> {
  const ptl = yield* pmd_lock(c, mm, pmd);
  const none = pmd_none(peek(c, pmd));
  if (none) {
    yield* mm_inc_nr_ptes(c, mm);
    // smp_wmb(): nothing to do under TSO. Pairs with the address dependency of whoever walks through the new entry: the table is zeroed first.
    yield* pmd_populate(c, pmd, slot);
  }
  yield* spin_unlock(c, ptl);
  return none;
}

export function* __pte_alloc(c: Vcpu, mm: Ptr, pmd: Ptr, address: number): Code {
  const slot = yield* pte_alloc_one(c, mm, address);
  if (!(yield* pmd_install(c, mm, pmd, slot))) yield* pte_free(c, slot);
}

export function* pte_alloc(c: Vcpu, mm: Ptr, pmd: Ptr, address: number): Code {
  if (pmd_none(yield* load(c, pmd))) yield* __pte_alloc(c, mm, pmd, address);
}
