// SPDX-License-Identifier: GPL-2.0-only
/**
 * PAE paging-structure entries: 64 bits as two words.
 *
 *   low   11..0 flags, 31..12 frame bits 19..0
 *   high  19..0 frame bits 39..20 (as far as MAXPHYADDR goes), 30..20 reserved or ignored, 31 NX
 *
 * Reference: Intel SDM Vol. 3A 4.4.2, tables 4-8 to 4-11.
 */
import type { Pfn } from './types.ts';

export const PRESENT = 1 << 0;
export const WRITE = 1 << 1;
export const USER = 1 << 2;
export const PWT = 1 << 3;
export const PCD = 1 << 4;
export const ACCESSED = 1 << 5;
export const DIRTY = 1 << 6;
/** In a page-directory entry: maps 2 MiB. */
export const PAGE_SIZE_2M = 1 << 7;
export const GLOBAL = 1 << 8;
/** In the high word: no instruction fetch. */
export const NX_HIGH = 1 << 31;
/** High bit of the index into IA32_PAT; in a PTE it is where the PDE has PS. */
export const PAT_2M = 1 << 12;
export const PAT_4K = PAGE_SIZE_2M;

/** The rights that an entry, or a translation, gives, as three bits. */
export const MAY_WRITE = 1 << 0;
export const MAY_USER = 1 << 1;
export const NO_FETCH = 1 << 2;

/** Bits 63:44 of an address that lie beyond any RAM, as far as an entry may have them set. */
export const BEYOND_MEMORY_HIGH = 0x000ff000;
/** Bits 31:21 of a PDE that maps 2 MiB. */
export const FRAME_LOW_2M = -1 << 21;

/** Frame number of an entry; RAM ends at 2^44, so 12 bits of the high word matter. */
export const entryPfn = (lo: number, hi: number): Pfn => ((((hi & 0xfff) << 20) | (lo >>> 12)) >>> 0) as Pfn;
/** Low and high word of an entry for a frame, without flags. */
export const pfnLow = (pfn: Pfn): number => (pfn << 12) >>> 0;
export const pfnHigh = (pfn: Pfn): number => pfn >>> 20;

/** 0x2'12345067: the halves, visibly apart; 0 where both are. */
export const pairText = (lo: number, hi: number): string =>
  (lo | hi) === 0 ? '0' : `0x${(hi >>> 0).toString(16)}'${(lo >>> 0).toString(16).padStart(8, '0')}`;
