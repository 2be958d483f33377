// SPDX-License-Identifier: GPL-2.0-only
/** Where the range of a pmd ends, or the range that is walked. Linux v6.6: include/linux/pgtable.h, pmd_addr_end(), pgd_addr_end(). */
import { PMD_SIZE, PUD_SIZE } from '../../../arch/x86/include/asm/pgtable_types.ts';

export const pmd_addr_end = (addr: number, end: number): number => Math.min(Math.floor(addr / PMD_SIZE + 1) * PMD_SIZE, end);
export const pgd_addr_end = (addr: number, end: number): number => Math.min(Math.floor(addr / PUD_SIZE + 1) * PUD_SIZE, end);
