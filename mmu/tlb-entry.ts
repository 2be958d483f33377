// SPDX-License-Identifier: GPL-2.0-only
/**
 * An entry of the TLB, by mmu/bank.
 *
 *   tag        bits 31..12 page number (of a 2 MiB page: 31..21), bit 11 2 MiB, bit 10 global, bits 9..0 generation
 *   info       bits 2..0 rights, bit 3 dirty, bit 4 mmu/front may hold it as well, bits 7..5 memory type index
 *   leads to   of a 4 KiB page the index of its frame's first word, modulo 2^32: a frame that was backed stays where it is;
 *              of a 2 MiB page, whose frames lie apart, the number of its first frame
 *
 * Reference: Intel SDM Vol. 3A 4.10.2.2 (what a TLB entry holds).
 */

export const TAG_2M = 1 << 11;
export const TAG_GLOBAL = 1 << 10;
export const TAG_GENERATION = (1 << 10) - 1;

export const INFO_DIRTY = 1 << 3;
export const INFO_RIGHTS = 7;
export const INFO_IN_FRONT = 1 << 4;
export const INFO_TYPE_SHIFT = 5;
