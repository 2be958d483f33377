// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which words were written since an image of memory was taken, so that an execution can start from the image again.
 *
 * Reference: docs/design-notes.md, "Contexts"; the undo log of a stateless model checker that starts each execution at a prepared state.
 */
import { longer } from './longer.ts';
import type { PhysMem } from './phys-mem.ts';
import { FRAME_WORDS, type Ptr } from './types.ts';

export interface Journal {
  /** Epoch in which each word was last noted. */
  readonly stamps: Int32Array;
  epoch: number;
  /** Words written one by one since the image was taken. */
  written: Int32Array;
  n: number;
  /** Frames that were written as a whole: their first words. */
  frames: Int32Array;
  framesWritten: number;
  /** The words as they were when the image was taken. */
  readonly image: Int32Array;
}

/** @param words length of the memory, in words */
export function createJournal(words: number): Journal {
  return {
    stamps: new Int32Array(words),
    epoch: 1,
    written: new Int32Array(4096),
    n: 0,
    frames: new Int32Array(16),
    framesWritten: 0,
    image: new Int32Array(words),
  };
}

function note(journal: Journal, p: Ptr): void {
  if (journal.stamps[p] === journal.epoch) return;
  journal.stamps[p] = journal.epoch;
  if (journal.n === journal.written.length) journal.written = longer(journal.written);
  journal.written[journal.n++] = p;
}

/** Writes one word, remembering that it was written. */
export function writeWord(mem: PhysMem, p: Ptr, v: number): void {
  if (mem.journal !== null) note(mem.journal, p);
  mem.words[p] = v;
}

/** Fills a frame with one value. */
export function writeFrame(mem: PhysMem, frame: Ptr, value: number): void {
  const { journal } = mem;
  if (journal !== null) {
    if (journal.framesWritten === journal.frames.length) journal.frames = longer(journal.frames);
    journal.frames[journal.framesWritten++] = frame;
  }
  mem.words.fill(value, frame, frame + FRAME_WORDS);
}

/** The present words become the image that `restore` returns to. */
export function seal(mem: PhysMem): void {
  const journal = journalOf(mem);
  for (let i = 0; i < journal.n; i++) {
    const p = journal.written[i]!;
    journal.image[p] = mem.words[p]!;
  }
  copyFrames(journal, mem.words, journal.image);
  journal.n = 0;
  journal.epoch++;
}

/** Back to the image. */
export function restore(mem: PhysMem): void {
  const journal = journalOf(mem);
  for (let i = 0; i < journal.n; i++) {
    const p = journal.written[i]!;
    mem.words[p] = journal.image[p]!;
  }
  copyFrames(journal, journal.image, mem.words);
  journal.n = 0;
  journal.epoch++;
}

function copyFrames(journal: Journal, from: Int32Array, to: Int32Array): void {
  for (let i = 0; i < journal.framesWritten; i++) {
    const frame = journal.frames[i]!;
    to.set(from.subarray(frame, frame + FRAME_WORDS), frame);
  }
  journal.framesWritten = 0;
}

/** What a word held in the image, however often it was written since. */
export const imageWord = (mem: PhysMem, p: Ptr): number => journalOf(mem).image[p]!;

/** @throws RangeError for a memory that keeps no journal */
function journalOf(mem: PhysMem): Journal {
  if (mem.journal === null) throw new RangeError('this memory keeps no journal');
  return mem.journal;
}
