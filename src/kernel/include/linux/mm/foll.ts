// SPDX-License-Identifier: GPL-2.0-only
/**
 * What get_user_pages() is asked for. Linux v6.6: include/linux/mm_types.h, FOLL_*.
 */
export const FOLL_WRITE = 1 << 0;
/** Take a reference. */
export const FOLL_GET = 1 << 1;
/** The caller can do with a hole: an error instead of a fault, or of the zero page. */
export const FOLL_DUMP = 1 << 2;
export const FOLL_FORCE = 1 << 3;
export const FOLL_HWPOISON = 1 << 6;
/** Mark the page accessed. */
export const FOLL_TOUCH = 1 << 16;
/** The caller reads or writes the page's contents for long: see folio_maybe_dma_pinned(). */
export const FOLL_PIN = 1 << 19;
/** Split a huge mapping first. */
export const FOLL_SPLIT_PMD = 1 << 17;
