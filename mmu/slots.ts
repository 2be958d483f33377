// SPDX-License-Identifier: GPL-2.0-only
/**
 * From frame number to slot: where in the backing array a frame lies. A radix tree of two levels, so that a look-up is two loads without a branch on
 * what is found, frames near each other lie near each other, and a few frames spread over terabytes cost little.
 *
 *   top[pfn >> 4]              number of a leaf; 0 is the leaf without frames
 *   leaves[leaf * 16 + pfn % 16]   slot + 1; 0 for a frame that was never backed
 *
 * Reference: Linux v6.6 mm/sparse.c, for the idea of a sparse memory map.
 */
import { LEAF_BITS, LEAF_MASK } from './leaf.ts';
import { longer } from './longer.ts';

export interface Slots {
  top: Int32Array;
  leaves: Int32Array;
  /** Where in `top` each leaf stands: what is copied when `top` grows, of which most may never have been touched. */
  places: Int32Array;
  /** Leaves in use, the empty one included. */
  n: number;
}

export const createSlots = (): Slots => ({
  top: new Int32Array(64),
  leaves: new Int32Array(8 << LEAF_BITS),
  places: new Int32Array(8),
  n: 1,
});

/** Slot of a frame, or -1. */
export function findSlot(slots: Slots, pfn: number): number {
  const i = pfn >>> LEAF_BITS;
  return i < slots.top.length ? slots.leaves[(slots.top[i]! << LEAF_BITS) | (pfn & LEAF_MASK)]! - 1 : -1;
}

/** Makes `top` at least `length` long. */
function growTop(slots: Slots, length: number): void {
  let size = slots.top.length;
  while (size < length) size *= 2;
  slots.top = new Int32Array(size);
  for (let leaf = 1; leaf < slots.n; leaf++) slots.top[slots.places[leaf]!] = leaf;
}

/** Gives a frame that has none a slot. */
export function addSlot(slots: Slots, pfn: number, slot: number): void {
  const i = pfn >>> LEAF_BITS;
  if (i >= slots.top.length) growTop(slots, i + 1);
  if (slots.top[i] === 0) {
    if (slots.n === slots.places.length) {
      slots.places = longer(slots.places);
      slots.leaves = longer(slots.leaves);
    }
    slots.places[slots.n] = i;
    slots.top[i] = slots.n++;
  }
  slots.leaves[(slots.top[i]! << LEAF_BITS) | (pfn & LEAF_MASK)] = slot + 1;
}

/** Takes every slot away. */
export function clearSlots(slots: Slots): void {
  for (let leaf = 1; leaf < slots.n; leaf++) slots.top[slots.places[leaf]!] = 0;
  slots.leaves.fill(0, 0, slots.n << LEAF_BITS);
  slots.n = 1;
}
