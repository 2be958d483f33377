// SPDX-License-Identifier: GPL-2.0-only
/**
 * Bits of mm->flags. Linux v6.6: include/linux/sched/coredump.h.
 */
/** Numbers of bits. */
export const MMF_VM_MERGEABLE = 16;
export const MMF_VM_HUGEPAGE = 17;
export const MMF_OOM_SKIP = 21;
export const MMF_UNSTABLE = 22;
export const MMF_HUGE_ZERO_PAGE = 23;
export const MMF_DISABLE_THP = 24;
/** Some page of the mm has been pinned, once. */
export const MMF_HAS_PINNED = 27;

/** What a child gets from its parent. */
export const MMF_INIT_MASK = 1 << MMF_DISABLE_THP;
