// SPDX-License-Identifier: GPL-2.0-only
/**
 * The state of one MMU: an array of 32-bit words laid out like a struct, since V8 asks of every array, at every use of a field that holds one, what
 * it is, how long, and where. The words are named here; what they mean is told where they are used.
 *
 *   0      nothing: an index leads here for no entry     mmu/page-index, mmu/pde-cache
 *   1      generations, kinds of pages held              mmu/front, mmu/tlb, mmu/pde-cache
 *   8      registers, and what follows from them         mmu/registers
 *   16     whether pages were fetched                   mmu/tlb
 *   24     counters                                      mmu/mmu
 *   32     PDPTE registers                               mmu/pdpte
 *   40     banks: where each is, and how large           mmu/bank
 *   64     what the mode permits                         mmu/rights
 *   320    turns of the banks' sets                      mmu/bank
 *   832    tags of all entries of all banks              mmu/tlb-entry, mmu/pde-cache
 *   2880   what they say, in the same order
 *   4944   where they lead, in the same order
 *   6992   where pages are in the second level           mmu/page-index
 *   11088  where PDEs are                                mmu/pde-cache
 *   13136  front: 32 rows of 256 places of two words     mmu/front
 *
 * Like every file of constants that the hot path uses, it imports nothing: only then are they written into the bundle as numbers.
 *
 * Reference: Intel SDM Vol. 3A 4.10 for what the caches are.
 */

/** Generation of the front's tags, as it stands in one. */
export const FRONT_STAMP = 7;
/** Rows of the front that have been used, as bits. */
export const FRONT_ROWS = 1;
/** Generations of tags of the TLBs, and the bits that make them tags of such pages. */
export const LOCAL_STAMP = 2;
export const GLOBAL_STAMP = 3;
/** Generation of the PDE cache's tags. */
export const PDE_STAMP = 4;
/** Kinds of pages that the TLBs may hold, beside local ones of 4 KiB. */
export const KINDS = 5;
/** Not 0 if the first level may hold local pages of 4 KiB for instructions. */
export const FETCHED = 16;
/** First word of the first frame, modulo 2^32. */
export const FRAME_BASE = 6;

export const CR0 = 8;
export const CR2 = 9;
export const CR3 = 10;
export const CR4 = 11;
export const EFER = 12;
/** EFLAGS.AC: 1 or 0. */
export const AC = 13;
export const RESERVED_HIGH = 14;
export const REPORTED = 15;

export const TRANSLATIONS = 24;
export const FIRST_MISSES = 25;
export const WALKS = 26;

/** Eight words: low and high of each. */
export const PDPTES = 32;

/** The banks, and the words of one: its first entry, entries of a set, mask of set numbers, first of the turns. */
export const DATA_4K = 40;
export const CODE_4K = 44;
export const SHARED = 48;
export const DATA_2M = 52;
export const CODE_2M = 56;
export const PDES = 60;
export const BANK_ENTRIES = 0;
export const BANK_WAYS = 1;
export const BANK_SETS = 2;
export const BANK_TURNS = 3;

/** 1 or 0 for each `permission` of mmu/rights. */
export const ALLOWED = 64;
export const ALLOWED_END = 320;

export const TURNS = 320;
export const TURNS_END = 832;

/** An entry is known by the place of its tag; the rest of it is so many words further. */
export const TAGS = 832;
export const TAGS_END = 2880;
export const INFO = 2048;
/** Not 4096: then a tag and this would compete for one line of the host's cache. */
export const LEADS_TO = 4112;

export const PAGE_INDEX = 6992;
export const PAGE_INDEX_END = 11088;

export const PDE_INDEX = 11088;

export const FRONT = 13136;
export const FRONT_END = 29520;
