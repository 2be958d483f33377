// SPDX-License-Identifier: GPL-2.0-only
/**
 * The bits of control registers that translation knows.
 *
 * Reference: Intel SDM Vol. 3A 2.5 (control registers), 4.1.3 (paging-mode modifiers), Vol. 4 IA32_EFER.
 */

export const CR0_PE = 1 << 0;
export const CR0_WP = 1 << 16;
export const CR0_NW = 1 << 29;
export const CR0_CD = 1 << 30;
export const CR0_PG = 1 << 31;

export const CR4_PSE = 1 << 4;
export const CR4_PAE = 1 << 5;
export const CR4_PGE = 1 << 7;
export const CR4_SMEP = 1 << 20;
export const CR4_SMAP = 1 << 21;

export const EFER_NXE = 1 << 11;

/** The PDPT that CR3 points to: 32 bytes, at bits 31..5. */
export const CR3_PDPT = ~31;
