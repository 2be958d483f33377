// SPDX-License-Identifier: GPL-2.0-only
/**
 * From frame to slot, against a Map: frames near each other and far apart, up to the last one below 2^44.
 * Time budget: 2 s.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addSlot, createSlots, findSlot, type Slots } from '../../mmu/slots.ts';

/** Frames up to 2^22, which is 16 GiB. */
const frames = fc.uniqueArray(fc.oneof(fc.nat(64), fc.nat(4096), fc.nat(2 ** 22)), { maxLength: 300, size: 'max' });

const likeMap = (find: (slots: Slots, pfn: number) => number) =>
  fc.property(frames, (pfns) => {
    const slots = createSlots();
    const map = new Map<number, number>();
    for (const [slot, pfn] of pfns.entries()) {
      addSlot(slots, pfn, slot);
      map.set(pfn, slot);
    }
    for (const pfn of pfns)
      for (const near of [pfn - 1, pfn, pfn + 1, pfn ^ 16, pfn ^ (2 ** 21)])
        if (near >= 0 && find(slots, near) !== (map.get(near) ?? -1)) throw new Error(`frame ${near} has slot ${find(slots, near)}`);
  });

test('a frame has the slot that it was given, and no other has one', () => {
  fc.assert(likeMap(findSlot), { numRuns: 200, seed: 1 });
  expect(
    fc.check(
      likeMap((slots, pfn) => findSlot(slots, pfn & ~1)),
      { numRuns: 200, seed: 1 },
    ).failed,
  ).toBe(true);
});

test('no frame has a slot at first', () => {
  expect([0, 15, 16, 1023, 1024, 2 ** 32 - 1].map((pfn) => findSlot(createSlots(), pfn))).toEqual([-1, -1, -1, -1, -1, -1]);
});

test.each([
  ['at once', [2 ** 32 - 1, 2 ** 31, 2 ** 31 - 1, 2 ** 20, 0]],
  ['step by step', [0, 2 ** 20, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]],
])('frames up to 2^44 have slots, whether written signed or unsigned; the array gets its length %s', (_, far) => {
  const slots = createSlots();
  for (const [slot, pfn] of far.entries()) addSlot(slots, pfn, slot);
  expect(far.map((pfn) => findSlot(slots, pfn))).toEqual([0, 1, 2, 3, 4]);
  expect(far.map((pfn) => findSlot(slots, pfn | 0))).toEqual([0, 1, 2, 3, 4]);
  expect(findSlot(slots, 2 ** 32 - 2)).toBe(-1);
});
