// SPDX-License-Identifier: GPL-2.0-only
/**
 * Bits of pmd and pte values. A value is two words, (low, high); the high word's only flag is NX.
 * Linux v6.6: arch/x86/include/asm/pgtable_types.h, pgtable-3level_types.h.
 */
export const PMD_SHIFT = 21;
export const PMD_SIZE = 1 << PMD_SHIFT;
export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 1 << PAGE_SHIFT;
export const PUD_SIZE = 1 << 30;
export const PTRS_PER_PTE = 512;
export const HPAGE_PMD_SIZE = PMD_SIZE;
export const HPAGE_PMD_NR = 512;
export const HPAGE_PMD_ORDER = 9;
export const HPAGE_PMD_MASK = ~(HPAGE_PMD_SIZE - 1);

export const _PAGE_PRESENT = 0x001;
export const _PAGE_RW = 0x002;
export const _PAGE_USER = 0x004;
export const _PAGE_ACCESSED = 0x020;
export const _PAGE_DIRTY = 0x040;
export const _PAGE_PSE = 0x080;
export const _PAGE_PROTNONE = 0x100;
/** Of a PTE in hardware; in a swap entry: the page belongs to this process alone (_PAGE_SWP_EXCLUSIVE). */
export const _PAGE_SWP_EXCLUSIVE = _PAGE_PSE;
/** In software: no struct page is counted for it (the zero page). */
export const _PAGE_SPECIAL = 0x200;
/** Write-protected by userfaultfd; on 32-bit x86 only in a named configuration. In a swap entry another bit, since this one is part of the offset. */
export const _PAGE_UFFD_WP = 0x400;
export const _PAGE_SWP_UFFD_WP = _PAGE_USER;

/** Low word of vm_page_prot by what it allows; NX is in the high word. */
export const PAGE_NONE = _PAGE_PROTNONE | _PAGE_ACCESSED;
export const PAGE_READONLY = _PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED;
export const PAGE_SHARED = PAGE_READONLY | _PAGE_RW;

/** What pte_modify() keeps of the low word: the frame, and what happened to it. */
export const _PAGE_CHG_MASK = 0xfffff000 | _PAGE_SPECIAL | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_UFFD_WP | 0x18;
/** The same of a huge pmd. */
export const _HPAGE_CHG_MASK = _PAGE_CHG_MASK | _PAGE_PSE;

/** In the high word. */
export const _PAGE_NX_HIGH = 1 << 31;
/** A user pmd that points to a page table has exactly these low 12 bits. */
export const _PAGE_TABLE = _PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY;
