// SPDX-License-Identifier: GPL-2.0-only
/**
 * A sparse memory: frames anywhere below 2^44 in as many words as there are, without a journal.
 * Time budget: 1 s.
 */
import { expect, test } from 'vitest';
import { imageWord, restore, seal, writeWord } from '../../mmu/journal.ts';
import { allocObject, backFrame, clearFrames, createSparseMem, frameOfSlot, PAGE_WORDS, pfnOfSlot, slotOf } from '../../mmu/phys-mem.ts';
import { FRAME_WORDS, type Pfn, type Ptr } from '../../mmu/types.ts';

const FRAMES = [0xffff_ffff, 0, 0x1234_5678, 0x8000_0000] as Pfn[];
const createSmall = (frames: number) => createSparseMem(new Int32Array(64 + frames * (PAGE_WORDS + FRAME_WORDS)), 64);

test('as many frames as fit have slots, in the order of their first touch', () => {
  const mem = createSmall(4);
  expect(FRAMES.map((pfn) => slotOf(mem, pfn))).toEqual([-1, -1, -1, -1]);
  expect(FRAMES.map((pfn) => backFrame(mem, pfn))).toEqual([0, 1, 2, 3]);
  expect(FRAMES.map((pfn) => backFrame(mem, pfn))).toEqual([0, 1, 2, 3]);
  expect([0, 1, 2, 3].map((slot) => pfnOfSlot(mem, slot))).toEqual(FRAMES);
  expect(frameOfSlot(mem, 3) + FRAME_WORDS).toBe(mem.words.length);
  expect(() => backFrame(mem, 1 as Pfn)).toThrow(new RangeError('more than 4 frames in use'));
});

test('words that are left over are no frame', () => {
  const mem = createSparseMem(new Int32Array(64 + 2 * (PAGE_WORDS + FRAME_WORDS) - 1), 64);
  expect(backFrame(mem, FRAMES[1]!)).toBe(0);
  expect(() => backFrame(mem, FRAMES[2]!)).toThrow('more than 1 frames in use');
});

test('there is room for kernel objects', () => {
  const mem = createSmall(1);
  expect(allocObject(mem, 62)).toBe(2);
  expect(() => allocObject(mem, 1)).toThrow('object region full: 64 words');
});

test('words are written without being noted, and there is no image to return to', () => {
  const mem = createSmall(1);
  writeWord(mem, 5 as Ptr, 7);
  expect(mem.words[5]).toBe(7);
  for (const what of [() => seal(mem), () => restore(mem), () => imageWord(mem, 5 as Ptr)])
    expect(what).toThrow(new RangeError('this memory keeps no journal'));
});

test('cleared, it is as if no frame had been touched', () => {
  const mem = createSmall(4);
  for (const pfn of FRAMES) mem.words.fill(-1, frameOfSlot(mem, backFrame(mem, pfn)), frameOfSlot(mem, backFrame(mem, pfn)) + FRAME_WORDS);
  clearFrames(mem);
  expect(FRAMES.map((pfn) => slotOf(mem, pfn))).toEqual([-1, -1, -1, -1]);
  expect(mem.words.every((word) => word === 0)).toBe(true);
  expect([...FRAMES].reverse().map((pfn) => backFrame(mem, pfn))).toEqual([0, 1, 2, 3]);
});

test('cleared often, it takes no more room', () => {
  const mem = createSmall(4);
  for (let n = 0; n < 1000; n++) {
    for (const pfn of FRAMES) backFrame(mem, pfn);
    clearFrames(mem);
  }
  expect(mem.slots.leaves.length).toBe(createSmall(4).slots.leaves.length);
});
