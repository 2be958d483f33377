// SPDX-License-Identifier: GPL-2.0-only
/**
 * What an event can remove from the TLBs and the paging-structure caches, as bits, and the sets of them that each event stands for; see
 * mmu/invalidation. It imports nothing, as mmu/linear says.
 *
 * Reference: Intel SDM Vol. 3A 4.10.4.1.
 */

/** Translations of the page of one linear address, global or not. */
export const DROP_PAGE = 1 << 0;
/** Every translation that is not global. */
export const DROP_LOCAL = 1 << 1;
/** The global ones. */
export const DROP_GLOBAL = 1 << 2;
/** The paging-structure caches, whatever the address. */
export const DROP_STRUCTURES = 1 << 3;
/** What the paging-structure caches hold for one linear address. */
export const DROP_STRUCTURE = 1 << 4;
/** The four PDPTE registers are loaded from memory, and checked. */
export const LOAD_PDPTES = 1 << 5;

export const DROP_ALL = DROP_LOCAL | DROP_GLOBAL | DROP_STRUCTURES;

export const ON_INVLPG = DROP_PAGE | DROP_STRUCTURES;
export const ON_MOV_CR3 = DROP_LOCAL | DROP_STRUCTURES | LOAD_PDPTES;
export const ON_PAGE_FAULT = DROP_PAGE | DROP_STRUCTURE;
