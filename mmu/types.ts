// SPDX-License-Identifier: GPL-2.0-only
/**
 * Numbers that must not be mixed up.
 * Reference: Intel SDM Vol. 3A 4.4 (PAE paging); Linux keeps a 32-bit pfn on x86-32, so RAM ends at 2^44.
 */

/** A physical frame number, unsigned, below 2^32. */
export type Pfn = number & { readonly __b: 'Pfn' };

/** The index of a 32-bit word in the backing array: a kernel object's field, or a word of a mapped frame. */
export type Ptr = number & { readonly __b: 'Ptr' };

/** No object: word 0 is never handed out. */
export const NULL = 0 as Ptr;

/** 32-bit words in a 4 KiB frame. */
export const FRAME_WORDS = 1024;
export const FRAME_SHIFT = 10;
