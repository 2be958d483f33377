// SPDX-License-Identifier: GPL-2.0-only
/**
 * Swap entries: what a pte holds of a page that is not in memory. Linux v6.6: include/linux/swapops.h, swp_entry(), pte_to_swp_entry(), swp_entry_to_pte(),
 * is_migration_entry(), make_pte_marker_entry(); arch/x86/include/asm/pgtable-3level.h, __swp_pteval_entry().
 *
 * swp_entry_t is one word: the type in bits 4..0, the offset above. In the pte the type is at the top and the offset, inverted (L1TF), from bit 9 up.
 * left out: device private entries.
 */
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import type { Pfn, Ptr } from '../../../../mmu/types.ts';
import { pte_present } from '../../arch/x86/include/asm/pgtable.ts';
import { pfn_to_page } from './mm/page.ts';

const SWP_TYPE_BITS = 5;
const SWP_OFFSET_FIRST_BIT = 9;
/** Offset bits in the low word. */
const LOW_BITS = 32 - SWP_OFFSET_FIRST_BIT;
const HIGH_MASK = (1 << (32 - SWP_TYPE_BITS)) - 1;

/** Types below are swap devices. */
export const MAX_SWAPFILES = 24;
export const SWP_HWPOISON = MAX_SWAPFILES;
export const SWP_MIGRATION_READ = MAX_SWAPFILES + 1;
export const SWP_MIGRATION_READ_EXCLUSIVE = MAX_SWAPFILES + 2;
export const SWP_MIGRATION_WRITE = MAX_SWAPFILES + 3;
export const SWP_PTE_MARKER = MAX_SWAPFILES + 4;

export const PTE_MARKER_UFFD_WP = 1;
export const PTE_MARKER_POISONED = 2;

export const swp_entry = (type: number, offset: number): number => ((offset << SWP_TYPE_BITS) | type) >>> 0;
export const swp_type = (entry: number): number => entry & ((1 << SWP_TYPE_BITS) - 1);
export const swp_offset = (entry: number): number => entry >>> SWP_TYPE_BITS;

/** The software bits of the pte do not come along. */
export const pte_to_swp_entry = (lo: number, hi: number): number =>
  swp_entry(hi >>> (32 - SWP_TYPE_BITS), ((~lo >>> SWP_OFFSET_FIRST_BIT) | ((~hi & HIGH_MASK) << LOW_BITS)) >>> 0);

/** @returns the low word; the high one is in c.hi */
export function swp_entry_to_pte(c: Vcpu, entry: number): number {
  const offset = swp_offset(entry);
  c.hi = (swp_type(entry) << (32 - SWP_TYPE_BITS)) | (~(offset >>> LOW_BITS) & HIGH_MASK);
  return (~offset << SWP_OFFSET_FIRST_BIT) >>> 0;
}

/** Neither none nor present: some kind of swap entry. */
export const is_swap_pte = (lo: number, hi: number): boolean => (lo | hi) !== 0 && !pte_present(lo);
/** A page that lies in no swap device. */
export const non_swap_entry = (entry: number): boolean => swp_type(entry) >= MAX_SWAPFILES;
export const is_hwpoison_entry = (entry: number): boolean => swp_type(entry) === SWP_HWPOISON;
export const is_migration_entry = (entry: number): boolean =>
  swp_type(entry) >= SWP_MIGRATION_READ && swp_type(entry) <= SWP_MIGRATION_WRITE;
export const is_writable_migration_entry = (entry: number): boolean => swp_type(entry) === SWP_MIGRATION_WRITE;
export const is_readable_exclusive_migration_entry = (entry: number): boolean => swp_type(entry) === SWP_MIGRATION_READ_EXCLUSIVE;
export const is_pte_marker_entry = (entry: number): boolean => swp_type(entry) === SWP_PTE_MARKER;
export const is_pte_marker = (lo: number, hi: number): boolean => is_swap_pte(lo, hi) && is_pte_marker_entry(pte_to_swp_entry(lo, hi));
export const pte_marker_get = (entry: number): number => swp_offset(entry);
export const make_pte_marker_entry = (marker: number): number => swp_entry(SWP_PTE_MARKER, marker);
/** @returns the low word; the high one is in c.hi */
export const make_pte_marker = (c: Vcpu, marker: number): number => swp_entry_to_pte(c, make_pte_marker_entry(marker));
export const pte_marker_uffd_wp = (lo: number, hi: number): boolean =>
  is_pte_marker(lo, hi) && (pte_marker_get(pte_to_swp_entry(lo, hi)) & PTE_MARKER_UFFD_WP) !== 0;

export const make_readable_migration_entry = (pfn: Pfn): number => swp_entry(SWP_MIGRATION_READ, pfn);
export const make_readable_exclusive_migration_entry = (pfn: Pfn): number => swp_entry(SWP_MIGRATION_READ_EXCLUSIVE, pfn);
export const make_writable_migration_entry = (pfn: Pfn): number => swp_entry(SWP_MIGRATION_WRITE, pfn);
/** Of a migration or hwpoison entry: the frame. */
export const swp_offset_pfn = (entry: number): Pfn => swp_offset(entry) as Pfn;
/** The same as a struct page. */
export const pfn_swap_entry_to_page = (c: Vcpu, entry: number): Ptr => pfn_to_page(c, swp_offset(entry) as Pfn);
