// SPDX-License-Identifier: GPL-2.0-only
/**
 * The switches of transparent huge pages. Linux v6.6: mm/huge_memory.c, transparent_hugepage_flags; include/linux/huge_mm.h,
 * enum transparent_hugepage_flag, hugepage_flags_enabled(), hugepage_flags_always(); mm/shmem.c, shmem_huge.
 * Read plainly, as in Linux.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { writeWord } from '../../../../mmu/journal.ts';
import { type Kernel, kernelOf, newObject } from '../../kernel.ts';
import { at, atomic, struct, word } from '../../struct.ts';

export const transparent_hugepage = struct('transparent_hugepage', {
  flags: atomic,
  /** SHMEM_HUGE_NEVER to SHMEM_HUGE_FORCE, the setting of shmem_enabled. */
  shmem_huge: word,
});

/** Bit numbers of the flags. */
export const TRANSPARENT_HUGEPAGE_FLAG = 1;
export const TRANSPARENT_HUGEPAGE_REQ_MADV_FLAG = 2;
export const TRANSPARENT_HUGEPAGE_DEFRAG_DIRECT_FLAG = 3;
export const TRANSPARENT_HUGEPAGE_DEFRAG_KSWAPD_FLAG = 4;
export const TRANSPARENT_HUGEPAGE_DEFRAG_KSWAPD_OR_MADV_FLAG = 5;
export const TRANSPARENT_HUGEPAGE_DEFRAG_REQ_MADV_FLAG = 6;
export const TRANSPARENT_HUGEPAGE_DEFRAG_KHUGEPAGED_FLAG = 7;
export const TRANSPARENT_HUGEPAGE_USE_ZERO_PAGE_FLAG = 8;

/** What a kernel with CONFIG_TRANSPARENT_HUGEPAGE_ALWAYS starts with. */
const AT_BOOT =
  (1 << TRANSPARENT_HUGEPAGE_FLAG) |
  (1 << TRANSPARENT_HUGEPAGE_DEFRAG_REQ_MADV_FLAG) |
  (1 << TRANSPARENT_HUGEPAGE_DEFRAG_KHUGEPAGED_FLAG) |
  (1 << TRANSPARENT_HUGEPAGE_USE_ZERO_PAGE_FLAG);

export function init_transparent_hugepage(k: Kernel): void {
  const p = newObject(k, transparent_hugepage, 'transparent_hugepage');
  writeWord(k.m.mem, at(p, transparent_hugepage.flags), AT_BOOT);
  k.globals.transparent_hugepage = p;
}

/** Is the bit of that number set? */
export const test_hugepage_flag = (c: Vcpu, flag: number): boolean =>
  (peek(c, at(kernelOf(c).globals.transparent_hugepage, transparent_hugepage.flags)) & (1 << flag)) !== 0;

/** enabled is always or madvise. */
export const hugepage_flags_enabled = (c: Vcpu): boolean =>
  test_hugepage_flag(c, TRANSPARENT_HUGEPAGE_FLAG) || test_hugepage_flag(c, TRANSPARENT_HUGEPAGE_REQ_MADV_FLAG);

/** enabled is always. */
export const hugepage_flags_always = (c: Vcpu): boolean => test_hugepage_flag(c, TRANSPARENT_HUGEPAGE_FLAG);

/** @returns SHMEM_HUGE_* */
export const shmem_huge = (c: Vcpu): number => peek(c, at(kernelOf(c).globals.transparent_hugepage, transparent_hugepage.shmem_huge)) | 0;
