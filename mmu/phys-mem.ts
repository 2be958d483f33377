// SPDX-License-Identifier: GPL-2.0-only
/**
 * Physical memory: one array of 32-bit words, in three regions.
 *
 *   [1, pageBase)            kernel objects, handed out in order and never returned
 *   [pageBase, frameBase)    one struct page for each backed frame
 *   [frameBase, end)         the frames, 1024 words each, backed on first touch
 *
 * A frame keeps its slot once it has one, so a Ptr means the same word in every execution. The array is committed by the host page by page as
 * it is touched: what is not touched costs address space only.
 *
 * Reference: semantics.md seams (docs/design-notes.md); Linux v6.6 mm/sparse.c for the idea of a sparse memory map.
 * Not modelled: caches, memory types, memory holes other than frames that were never backed.
 */
import { createJournal, type Journal } from './journal.ts';
import { addSlot, clearSlots, createSlots, findSlot, type Slots } from './slots.ts';
import { FRAME_SHIFT, FRAME_WORDS, type Pfn, type Ptr } from './types.ts';

/** Words of a struct page, enough for src/kernel/include/linux/mm_types. */
export const PAGE_WORDS = 16;
const PAGE_SHIFT = 4;

export interface PhysMem {
  /** All words; shared, so that real threads can run on it. */
  readonly words: Int32Array;
  readonly pageBase: number;
  readonly frameBase: number;
  /** Frame number held by each slot. */
  readonly pfns: Uint32Array;
  readonly slots: Slots;
  frames: number;
  objectTop: number;
  /** Null for a memory that never returns to an image. */
  readonly journal: Journal | null;
}

function physMem(words: Int32Array, objectWords: number, frames: number, journal: Journal | null): PhysMem {
  const frameBase = objectWords + frames * PAGE_WORDS;
  return {
    words,
    pageBase: objectWords,
    frameBase,
    pfns: new Uint32Array(frames),
    slots: createSlots(),
    frames: 0,
    objectTop: 2,
    journal,
  };
}

/**
 * A small memory that can return to an image.
 * @param objectWords room for kernel objects, in words
 * @param frames most frames that may ever be backed
 */
export function createPhysMem(objectWords: number, frames: number): PhysMem {
  const words = objectWords + frames * (PAGE_WORDS + FRAME_WORDS);
  return physMem(new Int32Array(new SharedArrayBuffer(words * 4)), objectWords, frames, createJournal(words));
}

/**
 * A memory that lies in `words`, with room for as many frames as fit, anywhere below 2^44. It keeps no journal.
 * @param words all zero: src/host/room has the largest array that the host gives
 */
export function createSparseMem(words: Int32Array, objectWords = 1024): PhysMem {
  return physMem(words, objectWords, Math.floor((words.length - objectWords) / (PAGE_WORDS + FRAME_WORDS)), null);
}

/** Room for a kernel object, aligned to 8 bytes. @throws RangeError when the region is full */
export function allocObject(mem: PhysMem, words: number): Ptr {
  const p = mem.objectTop;
  mem.objectTop = p + ((words + 1) & ~1);
  if (mem.objectTop > mem.pageBase) throw new RangeError(`object region full: ${mem.pageBase} words`);
  return p as Ptr;
}

/** Slot of a frame, or -1 if it was never backed. */
export const slotOf = (mem: PhysMem, pfn: Pfn): number => findSlot(mem.slots, pfn);

/** Slot of a frame, backed now if it was not. @throws RangeError when every slot is taken */
export function backFrame(mem: PhysMem, pfn: Pfn): number {
  const known = findSlot(mem.slots, pfn);
  if (known >= 0) return known;
  if (mem.frames === mem.pfns.length) throw new RangeError(`more than ${mem.frames} frames in use`);
  mem.pfns[mem.frames] = pfn;
  addSlot(mem.slots, pfn, mem.frames);
  return mem.frames++;
}

/** Empties the frames of a memory without a journal and gives their slots back: as if none had been touched. */
export function clearFrames(mem: PhysMem): void {
  mem.words.fill(0, mem.frameBase, mem.frameBase + mem.frames * FRAME_WORDS);
  clearSlots(mem.slots);
  mem.frames = 0;
}

/** Empties a memory: what has been touched is zero again, and can be the words of another one. */
export function clearMem({ words, objectTop, pageBase, frameBase, frames }: PhysMem): void {
  words.fill(0, 0, objectTop);
  words.fill(0, pageBase, pageBase + frames * PAGE_WORDS);
  words.fill(0, frameBase, frameBase + frames * FRAME_WORDS);
}

export const frameOfSlot = (mem: PhysMem, slot: number): Ptr => (mem.frameBase + slot * FRAME_WORDS) as Ptr;
export const pageOfSlot = (mem: PhysMem, slot: number): Ptr => (mem.pageBase + slot * PAGE_WORDS) as Ptr;
export const pfnOfSlot = (mem: PhysMem, slot: number): Pfn => mem.pfns[slot] as Pfn;

/** Slot of the frame that a word lies in, or -1 for a word that is not in a frame. */
export const slotOfWord = (mem: PhysMem, p: Ptr): number => (p < mem.frameBase ? -1 : (p - mem.frameBase) >>> FRAME_SHIFT);

/** Slot of the struct page that a word lies in, or -1. */
export const slotOfPageWord = (mem: PhysMem, p: Ptr): number =>
  p < mem.pageBase || p >= mem.frameBase ? -1 : (p - mem.pageBase) >>> PAGE_SHIFT;
