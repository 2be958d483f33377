// SPDX-License-Identifier: GPL-2.0-only
/**
 * Physical memory: one array of 32-bit words, in three regions.
 *
 *   [1, pageBase)            kernel objects, handed out in order and never returned
 *   [pageBase, frameBase)    one struct page for each backed frame
 *   [frameBase, end)         the frames, 1024 words each, backed on first touch
 *
 * A frame keeps its slot once it has one, so a Ptr means the same word in every execution.
 * Every write is journalled: `restore` takes the words back to the image that `seal` froze.
 *
 * Reference: semantics.md seams (docs/design-notes.md); Linux v6.6 mm/sparse.c for the idea of a sparse memory map.
 * Not modelled: caches, memory types, memory holes other than frames that were never backed.
 */
import { FRAME_WORDS, type Pfn, type Ptr } from './types.ts';

/** Words of a struct page, enough for src/kernel/include/linux/mm_types. */
export const PAGE_WORDS = 16;

export interface PhysMem {
  /** All words; shared, so that real threads can run on it. */
  readonly words: Int32Array;
  readonly pageBase: number;
  readonly frameBase: number;
  /** Frame number held by each slot. */
  readonly pfns: Uint32Array;
  /** Open-addressed table from frame number to slot + 1. */
  readonly buckets: Int32Array;
  frames: number;
  objectTop: number;
  readonly stamps: Int32Array;
  epoch: number;
  /** Words written since the image was taken. */
  journal: Int32Array;
  journalled: number;
  /** The words as they were when the image was taken. */
  image: Int32Array;
}

/**
 * @param objectWords room for kernel objects, in words
 * @param frames most frames that may ever be backed
 */
export function createPhysMem(objectWords: number, frames: number): PhysMem {
  const pageBase = objectWords;
  const frameBase = pageBase + frames * PAGE_WORDS;
  const total = frameBase + frames * FRAME_WORDS;
  let size = 16;
  while (size < frames * 2) size *= 2;
  return {
    words: new Int32Array(new SharedArrayBuffer(total * 4)),
    pageBase,
    frameBase,
    pfns: new Uint32Array(frames),
    buckets: new Int32Array(size),
    frames: 0,
    objectTop: 2,
    stamps: new Int32Array(total),
    epoch: 1,
    journal: new Int32Array(4096),
    journalled: 0,
    image: new Int32Array(total),
  };
}

/** Room for a kernel object, aligned to 8 bytes. @throws RangeError when the region is full */
export function allocObject(mem: PhysMem, words: number): Ptr {
  const p = mem.objectTop;
  mem.objectTop = p + ((words + 1) & ~1);
  if (mem.objectTop > mem.pageBase) throw new RangeError(`object region full: ${mem.pageBase} words`);
  return p as Ptr;
}

function bucketOf(mem: PhysMem, pfn: number): number {
  const mask = mem.buckets.length - 1;
  let i = (Math.imul(pfn, 0x9e3779b1) >>> 8) & mask;
  while (mem.buckets[i] !== 0 && mem.pfns[mem.buckets[i]! - 1] !== pfn) i = (i + 1) & mask;
  return i;
}

/** Slot of a frame, or -1 if it was never backed. */
export function slotOf(mem: PhysMem, pfn: Pfn): number {
  return mem.buckets[bucketOf(mem, pfn)]! - 1;
}

/** Slot of a frame, backed now if it was not. @throws RangeError when every slot is taken */
export function backFrame(mem: PhysMem, pfn: Pfn): number {
  const b = bucketOf(mem, pfn);
  if (mem.buckets[b] === 0) {
    if (mem.frames === mem.pfns.length) throw new RangeError(`more than ${mem.frames} frames in use`);
    mem.pfns[mem.frames] = pfn;
    mem.buckets[b] = ++mem.frames;
  }
  return mem.buckets[b]! - 1;
}

export const frameOfSlot = (mem: PhysMem, slot: number): Ptr => (mem.frameBase + slot * FRAME_WORDS) as Ptr;
export const pageOfSlot = (mem: PhysMem, slot: number): Ptr => (mem.pageBase + slot * PAGE_WORDS) as Ptr;
export const pfnOfSlot = (mem: PhysMem, slot: number): Pfn => mem.pfns[slot] as Pfn;

/** Slot of the frame that a word lies in, or -1 for a word that is not in a frame. */
export const slotOfWord = (mem: PhysMem, p: Ptr): number => (p < mem.frameBase ? -1 : (p - mem.frameBase) >> 10);

/** Slot of the struct page that a word lies in, or -1. */
export const slotOfPageWord = (mem: PhysMem, p: Ptr): number =>
  p < mem.pageBase || p >= mem.frameBase ? -1 : Math.floor((p - mem.pageBase) / PAGE_WORDS);

/** Write one word, remembering that it was written. */
export function writeWord(mem: PhysMem, p: Ptr, v: number): void {
  if (mem.stamps[p] !== mem.epoch) {
    mem.stamps[p] = mem.epoch;
    if (mem.journalled === mem.journal.length) {
      const wider = new Int32Array(mem.journal.length * 2);
      wider.set(mem.journal);
      mem.journal = wider;
    }
    mem.journal[mem.journalled++] = p;
  }
  mem.words[p] = v;
}

/** The present words become the image that `restore` returns to. */
export function seal(mem: PhysMem): void {
  for (let i = 0; i < mem.journalled; i++) {
    const p = mem.journal[i]!;
    mem.image[p] = mem.words[p]!;
  }
  mem.journalled = 0;
  mem.epoch++;
}

/** Back to the image. */
export function restore(mem: PhysMem): void {
  const { words, image, journal } = mem;
  for (let i = 0; i < mem.journalled; i++) {
    const p = journal[i]!;
    words[p] = image[p]!;
  }
  mem.journalled = 0;
  mem.epoch++;
}

/** What a word held in the image, however often it was written since. */
export const imageWord = (mem: PhysMem, p: Ptr): number => mem.image[p]!;
