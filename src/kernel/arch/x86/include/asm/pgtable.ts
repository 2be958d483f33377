// SPDX-License-Identifier: GPL-2.0-only
/**
 * Tests on pmd and pte values. Linux v6.6: arch/x86/include/asm/pgtable.h, include/linux/pgtable.h.
 * Left out: pmd_devmap() and is_pmd_migration_entry(), constant 0 on 32-bit x86; the KNL erratum.
 */
import { entryPfn } from '../../../../../../mmu/entry.ts';
import type { Pfn } from '../../../../../../mmu/types.ts';
import {
  _PAGE_ACCESSED,
  _PAGE_DIRTY,
  _PAGE_NX_HIGH,
  _PAGE_PRESENT,
  _PAGE_PROTNONE,
  _PAGE_PSE,
  _PAGE_RW,
  _PAGE_USER,
} from './pgtable_types.ts';

/** Only the low word counts: the high one may lag behind (705e87c0c3c3). */
export const pmd_none = (lo: number): boolean => lo === 0;
/** PSE counts, since a split clears P for a while. */
export const pmd_present = (lo: number): boolean => (lo & (_PAGE_PRESENT | _PAGE_PROTNONE | _PAGE_PSE)) !== 0;
export const pmd_trans_huge = (lo: number): boolean => (lo & _PAGE_PSE) !== 0;
/** The flags of a table, of both words, other than USER and A. */
export const pmd_bad = (lo: number, hi: number): boolean =>
  (lo & 0xfff & ~(_PAGE_USER | _PAGE_ACCESSED)) !== (_PAGE_PRESENT | _PAGE_RW | _PAGE_DIRTY) || hi >>> 20 !== 0;
export const pmd_same = (aLo: number, aHi: number, bLo: number, bHi: number): boolean => aLo === bLo && aHi === bHi;
/** Values that are neither zero nor present hold their frame bits inverted (L1TF). */
export const pmd_pfn = (lo: number, hi: number): Pfn => (lo !== 0 && (lo & _PAGE_PRESENT) === 0 ? entryPfn(~lo, ~hi) : entryPfn(lo, hi));

export const pte_none = (lo: number, hi: number): boolean => (lo | hi) === 0;
export const pte_present = (lo: number): boolean => (lo & (_PAGE_PRESENT | _PAGE_PROTNONE)) !== 0;
export const pte_young = (lo: number): boolean => (lo & _PAGE_ACCESSED) !== 0;
export const pte_pfn = pmd_pfn;
export const pte_nx = (hi: number): boolean => (hi & _PAGE_NX_HIGH) !== 0;
