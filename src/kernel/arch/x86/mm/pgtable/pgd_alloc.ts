// SPDX-License-Identifier: GPL-2.0-only
/**
 * The upper levels: the four entries that CR3 points to, and the page directories. Linux v6.6: arch/x86/mm/pgtable.c, pgd_alloc(), pgd_free(),
 * preallocate_pmds(), pgd_mop_up_pmds(), ___pmd_free_tlb(); include/asm-generic/pgalloc.h, pmd_alloc_one(), pmd_free().
 *
 * A process begins with the three page directories of user addresses, since a change of the top level needs a load of CR3; unmapping a whole
 * gigabyte takes one away all the same. All lie in lowmem. The fourth entry, the kernel's, is left out: kernel accesses do not translate.
 */
import { peek } from '../../../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../../../cpu/vcpu.ts';
import { PGD, PMD_TABLE, setFrame } from '../../../../../../mmu/frames.ts';
import { slotOfPageWord } from '../../../../../../mmu/phys-mem.ts';
import { NULL, type Pfn, type Ptr } from '../../../../../../mmu/types.ts';
import type { mmu_gather } from '../../../../include/asm-generic/tlb.ts';
import { __GFP_ZERO, GFP_KERNEL } from '../../../../include/linux/gfp.ts';
import { page_address, page_to_pfn, pfn_to_page } from '../../../../include/linux/mm/page.ts';
import { paravirt_tlb_remove_table } from '../../../../mm/mmu_gather/tlb_gather_mmu.ts';
import { alloc_page } from '../../../../mm/page_alloc/__alloc_pages.ts';
import { __free_page } from '../../../../mm/page_alloc/__free_pages.ts';
import { at } from '../../../../struct.ts';
import { mm_dec_nr_pmds, mm_inc_nr_pmds, pud_clear, pud_populate } from '../../include/asm/pgalloc.ts';
import { pte_page } from '../../include/asm/pgtable/mk_pte.ts';
import { GFP_PGTABLE_USER, pagetable_ctor, pagetable_dtor } from './pte_alloc_one.ts';

/** Gigabytes of user addresses. */
const PREALLOCATED_PMDS = 3;

/** @returns frame number of the page that holds the four PDPTEs, for mm->pgd; 0 without memory */
export function* pgd_alloc(c: Vcpu, mm: Ptr): Code<number> {
  const page = yield* alloc_page(c, GFP_KERNEL | __GFP_ZERO);
  if (page === NULL) return 0;
  setFrame(c.m.mem, slotOfPageWord(c.m.mem, page), PGD, mm, 0);
  for (let i = 0; i < PREALLOCATED_PMDS; i++) {
    const pmd = yield* pmd_alloc_one(c, mm, i * 2 ** 30);
    if (pmd === NULL) {
      yield* pgd_free(c, mm, page_to_pfn(c, page));
      return 0;
    }
    yield* mm_inc_nr_pmds(c, mm);
    yield* pud_populate(c, mm, at(page_address(c, page), i * 2), pmd);
  }
  return page_to_pfn(c, page);
}

/** The page directories that free_pgtables() has left go too. */
export function* pgd_free(c: Vcpu, mm: Ptr, pgd: number): Code {
  const page = pfn_to_page(c, pgd as Pfn);
  for (let i = 0; i < PREALLOCATED_PMDS; i++) {
    const pud = at(page_address(c, page), i * 2);
    const lo = peek(c, pud);
    if (lo === 0) continue;
    const pmd = pte_page(c, lo, peek(c, at(pud, 1)));
    yield* pud_clear(c, pud);
    yield* pmd_free(c, mm, pmd);
    yield* mm_dec_nr_pmds(c, mm);
  }
  yield* __free_page(c, page);
}

/** @returns struct page of a page directory for the gigabyte of `addr`, or NULL */
export function* pmd_alloc_one(c: Vcpu, mm: Ptr, addr: number): Code<Ptr> {
  const page = yield* alloc_page(c, GFP_PGTABLE_USER);
  if (page === NULL) return NULL;
  setFrame(c.m.mem, slotOfPageWord(c.m.mem, page), PMD_TABLE, mm, addr & 0xc0000000);
  pagetable_ctor(c, page);
  return page;
}

export function* pmd_free(c: Vcpu, _mm: Ptr, pmd: Ptr): Code {
  pagetable_dtor(c, pmd);
  yield* __free_page(c, pmd);
}

/** Of the top level every processor has a copy in registers: only a load of CR3 replaces it. */
export function* ___pmd_free_tlb(c: Vcpu, tlb: mmu_gather, pmd: Ptr): Code {
  tlb.need_flush_all = true;
  pagetable_dtor(c, pmd);
  yield* paravirt_tlb_remove_table(c, tlb, pmd);
}
