// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which page a linear address lies in, as masks. Like every file of constants that the hot path uses, this one imports nothing: only then are they
 * written into the bundle as numbers, and not read from memory each time.
 *
 * Reference: Intel SDM Vol. 3A 4.4.2 (PAE paging).
 */

/** Bits 31..12: the 4 KiB page. */
export const PAGE_4K = -1 << 12;
/** Bits 31..21: the 2 MiB page, or the region that one page table maps. */
export const PAGE_2M = -1 << 21;
