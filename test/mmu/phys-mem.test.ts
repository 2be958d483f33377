// SPDX-License-Identifier: GPL-2.0-only
/**
 * Physical memory: every write can be undone, and a word has the same place in every execution.
 * Time budget: 1 s.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { imageWord, restore, seal, writeFrame, writeWord } from '../../mmu/journal.ts';
import {
  allocObject,
  backFrame,
  clearFrames,
  createPhysMem,
  createSparseMem,
  frameOfSlot,
  pageOfSlot,
  pfnOfSlot,
  slotOf,
  slotOfPageWord,
  slotOfWord,
} from '../../mmu/phys-mem.ts';
import { FRAME_WORDS, type Pfn, type Ptr } from '../../mmu/types.ts';

const pfn = (n: number): Pfn => n as Pfn;

describe('the journal', () => {
  const writes = fc.array(fc.tuple(fc.integer({ min: 2, max: 40 }), fc.integer({ min: -5, max: 5 })));

  test('takes any writes back to the image, and knows what the image held meanwhile', () => {
    fc.assert(
      fc.property(writes, fc.array(writes, { maxLength: 3 }), (image, executions) => {
        const mem = createPhysMem(64, 1);
        for (const [p, v] of image) writeWord(mem, p as Ptr, v);
        seal(mem);
        const before = mem.words.slice();
        for (const execution of executions) {
          for (const [p, v] of execution) writeWord(mem, p as Ptr, v);
          expect(before.every((v, p) => imageWord(mem, p as Ptr) === v)).toBe(true);
          restore(mem);
          expect(before.every((v, p) => mem.words[p] === v)).toBe(true);
        }
      }),
      { numRuns: 200, seed: 1 },
    );
  });

  test('notes each word once, however often it is written, and grows', () => {
    const mem = createPhysMem(64, 8);
    for (let k = 0; k < 3; k++) for (let i = 0; i < 6000; i++) writeWord(mem, (mem.frameBase + i) as Ptr, k + 1);
    expect(mem.journal!.n).toBe(6000);
    restore(mem);
    expect(mem.words.every((v) => v === 0)).toBe(true);
  });

  test('takes whole frames back, and keeps them in an image', () => {
    const mem = createPhysMem(64, 40);
    const frames = Array.from({ length: 40 }, (_, i) => frameOfSlot(mem, backFrame(mem, pfn(i))));
    for (const frame of frames) writeFrame(mem, frame, 7);
    seal(mem);
    writeWord(mem, (frames[1]! + 5) as Ptr, 9);
    for (const frame of frames) writeFrame(mem, frame, -3);
    expect(imageWord(mem, (frames[1]! + 5) as Ptr)).toBe(7);
    expect(mem.words[frames[39]! + FRAME_WORDS - 1]).toBe(-3);
    restore(mem);
    expect(mem.words.subarray(mem.frameBase).every((v) => v === 7)).toBe(true);
  });

  test('misses a write that goes past it', () => {
    const mem = createPhysMem(64, 1);
    mem.words[5] = 7;
    restore(mem);
    expect(mem.words[5]).toBe(7);
  });
});

describe('frames', () => {
  test('of any 32-bit number have the slot that they were given first', () => {
    const mem = createPhysMem(64, 64);
    const numbers = Array.from({ length: 64 }, (_, i) => pfn(Math.imul(i, 0x9e3779b1) >>> 0));
    const slots = numbers.map((n) => backFrame(mem, n));
    expect(slots).toEqual(numbers.map((_, i) => i));
    restore(mem);
    expect(numbers.map((n) => slotOf(mem, n))).toEqual(slots);
    expect(numbers.map((n) => backFrame(mem, n))).toEqual(slots);
    expect(slots.map((s) => pfnOfSlot(mem, s))).toEqual(numbers);
  });

  test('of a memory that is cleared are empty again, and without a slot', () => {
    const mem = createSparseMem(new Int32Array(64 * 1100), 2);
    const first = Array.from({ length: 40 }, (_, i) => pfn(i * 7919));
    const second = first.map((n) => pfn(n + 1));
    for (const numbers of [first, second, first]) {
      for (const n of numbers) mem.words[frameOfSlot(mem, backFrame(mem, n)) + 5] = n + 1;
      expect(numbers.map((n) => mem.words[frameOfSlot(mem, slotOf(mem, n)) + 5])).toEqual(numbers.map((n) => n + 1));
      clearFrames(mem);
      expect([...first, ...second].map((n) => slotOf(mem, n))).toEqual(new Array(80).fill(-1));
      expect(mem.words.every((word) => word === 0)).toBe(true);
    }
  });

  test('that were never backed have no slot, and there is an end to slots', () => {
    const mem = createPhysMem(64, 1);
    expect(slotOf(mem, pfn(3))).toBe(-1);
    backFrame(mem, pfn(3));
    expect(slotOf(mem, pfn(4))).toBe(-1);
    expect(() => backFrame(mem, pfn(4))).toThrow('more than 1 frames in use');
  });

  test('and their struct pages do not overlap, nor kernel objects', () => {
    const mem = createPhysMem(64, 3);
    for (let i = 0; i < 3; i++) backFrame(mem, pfn(100 + i));
    for (const slot of [0, 1, 2]) {
      const frame = frameOfSlot(mem, slot);
      expect([slotOfWord(mem, frame), slotOfWord(mem, (frame + FRAME_WORDS - 1) as Ptr)]).toEqual([slot, slot]);
      expect([slotOfPageWord(mem, pageOfSlot(mem, slot)), slotOfPageWord(mem, frame)]).toEqual([slot, -1]);
      expect(slotOfWord(mem, pageOfSlot(mem, slot))).toBe(-1);
    }
    expect(slotOfPageWord(mem, 63 as Ptr)).toBe(-1);
  });
});

test('kernel objects are aligned to 8 bytes, never at word 0, and their region has an end', () => {
  const mem = createPhysMem(8, 1);
  expect([allocObject(mem, 1), allocObject(mem, 3)]).toEqual([2, 4]);
  expect(() => allocObject(mem, 1)).toThrow('object region full');
});
