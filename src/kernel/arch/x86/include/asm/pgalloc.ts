// SPDX-License-Identifier: GPL-2.0-only
/**
 * Hooking tables into tables. Linux v6.6: arch/x86/include/asm/pgalloc.h, pmd_populate(), pud_populate(); arch/x86/include/asm/pgtable-3level.h,
 * native_set_pud(), native_pud_clear(); include/linux/mm.h, mm_inc_nr_pmds(), mm_dec_nr_pmds().
 *
 * A table learns here which addresses it serves: the machine's reports and checks want to know.
 * left out: the user half of the top table under PTI.
 */
import { update } from '../../../../../../cpu/ops.ts';
import { ADD } from '../../../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../../../cpu/vcpu.ts';
import { pfnHigh, pfnLow } from '../../../../../../mmu/entry.ts';
import { PAGE_ADDRESS, PTE_TABLE, setFrame } from '../../../../../../mmu/frames.ts';
import { frameOfSlot, pageOfSlot, slotOfPageWord, slotOfWord } from '../../../../../../mmu/phys-mem.ts';
import type { Ptr } from '../../../../../../mmu/types.ts';
import { page_to_pfn } from '../../../../include/linux/mm/page.ts';
import { mm_struct } from '../../../../include/linux/mm_types.ts';
import { at } from '../../../../struct.ts';
import { _PAGE_PRESENT, _PAGE_TABLE } from './pgtable_types.ts';
import { native_set_pmd } from './pgtable-3level/native.ts';

/** First address that a pmd serves. */
export function pmd_address(c: Vcpu, pmd: Ptr): number {
  const { mem } = c.m;
  const slot = slotOfWord(mem, pmd);
  return (mem.words[pageOfSlot(mem, slot) + PAGE_ADDRESS]! + ((pmd - frameOfSlot(mem, slot)) >> 1) * 0x200000) >>> 0;
}

/** @param pte struct page of the table */
export function* pmd_populate(c: Vcpu, mm: Ptr, pmd: Ptr, pte: Ptr): Code {
  const pfn = page_to_pfn(c, pte);
  setFrame(c.m.mem, slotOfPageWord(c.m.mem, pte), PTE_TABLE, mm, pmd_address(c, pmd));
  yield* native_set_pmd(c, pmd, pfnLow(pfn) | _PAGE_TABLE, pfnHigh(pfn));
}

/** An entry of the top table has no flags but P. @param pmd struct page of the page directory */
export function* pud_populate(c: Vcpu, _mm: Ptr, pud: Ptr, pmd: Ptr): Code {
  const pfn = page_to_pfn(c, pmd);
  yield* native_set_pmd(c, pud, pfnLow(pfn) | _PAGE_PRESENT, pfnHigh(pfn));
}

/** The processor has the entry in a register: it goes on using it until CR3 is loaded again. */
export function* pud_clear(c: Vcpu, pud: Ptr): Code {
  yield* native_set_pmd(c, pud, 0, 0);
}

export function* mm_inc_nr_pmds(c: Vcpu, mm: Ptr): Code {
  yield* update(c, at(mm, mm_struct.pgtables_bytes), ADD, 4096);
}

export function* mm_dec_nr_pmds(c: Vcpu, mm: Ptr): Code {
  yield* update(c, at(mm, mm_struct.pgtables_bytes), ADD, -4096);
}
