// SPDX-License-Identifier: GPL-2.0-only
/** What change_protection() is to do besides. Linux v6.6: include/linux/mm.h, MM_CP_*. */
/** Make entries writable at once where a write fault would do nothing else. */
export const MM_CP_TRY_CHANGE_WRITABLE = 1;
export const MM_CP_UFFD_WP = 4;
export const MM_CP_UFFD_WP_RESOLVE = 8;
