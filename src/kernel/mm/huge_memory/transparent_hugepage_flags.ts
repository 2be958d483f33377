// SPDX-License-Identifier: GPL-2.0-only
/**
 * The switches of transparent huge pages. Linux v6.6: mm/huge_memory.c, transparent_hugepage_flags; include/linux/huge_mm.h,
 * enum transparent_hugepage_flag, hugepage_flags_enabled(), hugepage_flags_always(); mm/shmem.c, shmem_huge.
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';

/** Bit numbers. */
export const TRANSPARENT_HUGEPAGE_UNSUPPORTED = 0;
export const TRANSPARENT_HUGEPAGE_FLAG = 1;
export const TRANSPARENT_HUGEPAGE_REQ_MADV_FLAG = 2;
export const TRANSPARENT_HUGEPAGE_DEFRAG_DIRECT_FLAG = 3;
export const TRANSPARENT_HUGEPAGE_DEFRAG_KSWAPD_FLAG = 4;
export const TRANSPARENT_HUGEPAGE_DEFRAG_KSWAPD_OR_MADV_FLAG = 5;
export const TRANSPARENT_HUGEPAGE_DEFRAG_REQ_MADV_FLAG = 6;
export const TRANSPARENT_HUGEPAGE_DEFRAG_KHUGEPAGED_FLAG = 7;
export const TRANSPARENT_HUGEPAGE_USE_ZERO_PAGE_FLAG = 8;

/** Is the bit of that number set? A marked load: the switches change at any time. */
export function* test_hugepage_flag(c: Vcpu, _flag: number): Code<boolean> {
  violate(c, 'check', 'not ported yet: test_hugepage_flag');
}

/** enabled is always or madvise. */
export function* hugepage_flags_enabled(c: Vcpu): Code<boolean> {
  violate(c, 'check', 'not ported yet: hugepage_flags_enabled');
}

/** enabled is always. */
export function* hugepage_flags_always(c: Vcpu): Code<boolean> {
  violate(c, 'check', 'not ported yet: hugepage_flags_always');
}

/** @returns SHMEM_HUGE_*, the setting of shmem_enabled */
export function* shmem_huge(c: Vcpu): Code<number> {
  violate(c, 'check', 'not ported yet: shmem_huge');
}
