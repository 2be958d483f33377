// SPDX-License-Identifier: GPL-2.0-only
/**
 * Tests on pmd and pte values. Linux v6.6: arch/x86/include/asm/pgtable.h, include/linux/pgtable.h.
 * Tests and flag changes that need no memory; what makes a whole value from a frame is in pgtable/.
 * Left out: pmd_devmap() and is_pmd_migration_entry(), constant 0 on 32-bit x86; the KNL erratum.
 */
import { entryPfn } from '../../../../../../mmu/entry.ts';
import type { Pfn } from '../../../../../../mmu/types.ts';
import {
  _PAGE_ACCESSED,
  _PAGE_DIRTY,
  _PAGE_PRESENT,
  _PAGE_PROTNONE,
  _PAGE_PSE,
  _PAGE_RW,
  _PAGE_SPECIAL,
  _PAGE_SWP_EXCLUSIVE,
  _PAGE_SWP_UFFD_WP,
  _PAGE_UFFD_WP,
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
export const pte_same = pmd_same;
export const pte_write = (lo: number): boolean => (lo & _PAGE_RW) !== 0;
export const pte_dirty = (lo: number): boolean => (lo & _PAGE_DIRTY) !== 0;
export const pte_special = (lo: number): boolean => (lo & _PAGE_SPECIAL) !== 0;
export const pte_uffd_wp = (lo: number): boolean => (lo & _PAGE_UFFD_WP) !== 0;
/** PROT_NONE, also where mprotect() asked for it. */
export const pte_protnone = (lo: number): boolean => (lo & (_PAGE_PROTNONE | _PAGE_PRESENT)) === _PAGE_PROTNONE;
export const pmd_young = (lo: number): boolean => (lo & _PAGE_ACCESSED) !== 0;
export const pmd_write = pte_write;
export const pmd_dirty = pte_dirty;
/** Changes of flags: the low word alone, the high one stays. */
export const pte_mkwrite = (lo: number): number => (lo | _PAGE_RW) >>> 0;
export const pte_wrprotect = (lo: number): number => (lo & ~_PAGE_RW) >>> 0;
export const pte_mkdirty = (lo: number): number => (lo | _PAGE_DIRTY) >>> 0;
export const pte_mkclean = (lo: number): number => (lo & ~_PAGE_DIRTY) >>> 0;
export const pte_mkyoung = (lo: number): number => (lo | _PAGE_ACCESSED) >>> 0;
export const pte_mkold = (lo: number): number => (lo & ~_PAGE_ACCESSED) >>> 0;
export const pte_mkspecial = (lo: number): number => (lo | _PAGE_SPECIAL) >>> 0;
export const pte_mkuffd_wp = (lo: number): number => (lo | _PAGE_UFFD_WP) >>> 0;
export const pte_clear_uffd_wp = (lo: number): number => (lo & ~_PAGE_UFFD_WP) >>> 0;
export const pmd_mkwrite = pte_mkwrite;
export const pmd_wrprotect = pte_wrprotect;
export const pmd_mkdirty = pte_mkdirty;
export const pmd_mkclean = pte_mkclean;
export const pmd_mkyoung = pte_mkyoung;
export const pmd_mkold = pte_mkold;
export const pmd_mkhuge = (lo: number): number => (lo | _PAGE_PSE) >>> 0;

/** Of swap entries. */
export const pte_swp_exclusive = (lo: number): boolean => (lo & _PAGE_SWP_EXCLUSIVE) !== 0;
export const pte_swp_mkexclusive = (lo: number): number => (lo | _PAGE_SWP_EXCLUSIVE) >>> 0;
export const pte_swp_clear_exclusive = (lo: number): number => (lo & ~_PAGE_SWP_EXCLUSIVE) >>> 0;
export const pte_swp_uffd_wp = (lo: number): boolean => (lo & _PAGE_SWP_UFFD_WP) !== 0;
export const pte_swp_mkuffd_wp = (lo: number): number => (lo | _PAGE_SWP_UFFD_WP) >>> 0;
export const pte_swp_clear_uffd_wp = (lo: number): number => (lo & ~_PAGE_SWP_UFFD_WP) >>> 0;
