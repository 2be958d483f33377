// SPDX-License-Identifier: GPL-2.0-only
/**
 * Values of entries made from a frame and a protection. Linux v6.6: arch/x86/include/asm/pgtable.h, pfn_pte(), mk_pte(), pte_modify(), pfn_pmd(), mk_pmd(),
 * pmd_modify(), pmd_mkinvalid(); arch/x86/include/asm/pgtable-invert.h, protnone_mask().
 *
 * Each returns the low word and leaves the high one in c.hi. A value that is not zero and not present has its frame bits inverted, so that a
 * speculative load through it finds no memory (L1TF).
 */
import type { Vcpu } from '../../../../../../../cpu/vcpu.ts';
import { pfnHigh, pfnLow } from '../../../../../../../mmu/entry.ts';
import type { Pfn, Ptr } from '../../../../../../../mmu/types.ts';
import { page_to_pfn, pfn_to_page } from '../../../../../include/linux/mm/page.ts';
import { since } from '../../../../../kernel.ts';
import { pmd_pfn, pte_pfn } from '../pgtable.ts';
import { _HPAGE_CHG_MASK, _PAGE_CHG_MASK, _PAGE_DIRTY, _PAGE_NX_HIGH, _PAGE_PRESENT, _PAGE_PROTNONE } from '../pgtable_types.ts';

const FRAME_LOW = 0xfffff000;
const FRAME_HIGH = 0x000fffff;

/** @param protLo flags of the low word, 12 bits */
export function pfn_pte(c: Vcpu, pfn: Pfn, protLo: number, protHi: number): number {
  const inverted = protLo !== 0 && (protLo & _PAGE_PRESENT) === 0;
  const frameLo = inverted ? ~pfnLow(pfn) : pfnLow(pfn);
  const frameHi = inverted ? ~pfnHigh(pfn) : pfnHigh(pfn);
  c.hi = (frameHi & FRAME_HIGH) | (protHi & _PAGE_NX_HIGH);
  return ((frameLo & FRAME_LOW) | (protLo & 0xfff)) >>> 0;
}

export const pfn_pmd = pfn_pte;

export const mk_pte = (c: Vcpu, page: Ptr, protLo: number, protHi: number): number => pfn_pte(c, page_to_pfn(c, page), protLo, protHi);

export const mk_pmd = mk_pte;

/** The frame, accessed and dirty stay; the rights become those of the new protection. */
export const pte_modify = (c: Vcpu, lo: number, hi: number, protLo: number, protHi: number): number =>
  pfn_pte(c, pte_pfn(lo, hi), (lo & _PAGE_CHG_MASK & 0xfff) | (protLo & ~_PAGE_CHG_MASK), protHi);

/** 6.6 loses D here, since shadow stacks were prepared for (mended by f7491d7c81db): a huge page that MADV_FREE gave up may then be dropped. */
export const pmd_modify = (c: Vcpu, lo: number, hi: number, protLo: number, protHi: number): number =>
  pfn_pmd(c, pmd_pfn(lo, hi), (lo & kept_of_pmd(c) & 0xfff) | (protLo & ~_HPAGE_CHG_MASK), protHi);

const kept_of_pmd = (c: Vcpu): number => (since(c, 'bb3aadf7d446') ? _HPAGE_CHG_MASK & ~_PAGE_DIRTY : _HPAGE_CHG_MASK);

/** Not present for the processor, still huge and there for the kernel (PSE). */
export const pmd_mkinvalid = (c: Vcpu, lo: number, hi: number): number =>
  pfn_pmd(c, pmd_pfn(lo, hi), lo & 0xfff & ~(_PAGE_PRESENT | _PAGE_PROTNONE), hi);

export const pte_page = (c: Vcpu, lo: number, hi: number): Ptr => pfn_to_page(c, pte_pfn(lo, hi));
/** Of a huge pmd its first page. */
export const pmd_huge_page = pte_page;
/** Of a pmd with a table the table's page. Linux v6.6: pmd_pgtable(), which is pmd_page(). */
export const pmd_pgtable = pte_page;
