// SPDX-License-Identifier: GPL-2.0-only
/**
 * How many frames share a leaf of mmu/slots. It imports nothing, as mmu/linear says.
 *
 * Reference: none.
 */

export const LEAF_BITS = 4;
export const LEAF_MASK = (1 << LEAF_BITS) - 1;
