// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a walk is explained of: the registers, the entries in memory as far as they are known, and the machine that stands so.
 */

import { Mmu } from '../../mmu/mmu.ts';
import { setAc, writeCr0, writeCr4, writeEfer } from '../../mmu/mov-cr.ts';
import { backFrame, createSparseMem, frameOfSlot, PAGE_WORDS } from '../../mmu/phys-mem.ts';
import { FRAME_WORDS, type Pfn } from '../../mmu/types.ts';

export interface State {
  cr0: number;
  cr3: number;
  cr4: number;
  efer: number;
  /** EFLAGS.AC */
  ac: boolean;
  maxphyaddr: number;
}

export interface Entry {
  lo: number;
  hi: number;
}

/** The 8 bytes at a physical address, or null where nothing is known: there the machine has zero. */
export type EntryAt = (address: number) => Entry | null;

/** Frames that one translation can touch: PDPT, page directory, page table, page. */
const FRAMES = 4;
const OBJECT_WORDS = 2;

/** A machine without memory content, with every register but CR3 as given. @returns null where MOV CR0 would raise #GP(0) */
export function machineOf(state: State): Mmu | null {
  const mem = createSparseMem(new Int32Array(OBJECT_WORDS + FRAMES * (PAGE_WORDS + FRAME_WORDS)), OBJECT_WORDS);
  const mmu = new Mmu(mem, state.maxphyaddr);
  if (!writeCr0(mmu, state.cr0)) return null;
  writeCr4(mmu, state.cr4);
  writeEfer(mmu, state.efer);
  setAc(mmu, state.ac);
  return mmu;
}

/** Index of the low word of an entry, whose frame is backed now if it was not. */
const wordOf = ({ mem }: Mmu, address: number): number =>
  frameOfSlot(mem, backFrame(mem, Math.floor(address / 4096) as Pfn)) + ((address & 0xff8) >>> 2);

export function storeEntry(mmu: Mmu, address: number, { lo, hi }: Entry): void {
  const at = wordOf(mmu, address);
  mmu.mem.words[at] = lo;
  mmu.mem.words[at + 1] = hi;
}

export function loadEntry(mmu: Mmu, address: number): Entry {
  const at = wordOf(mmu, address);
  return { lo: mmu.mem.words[at]!, hi: mmu.mem.words[at + 1]! };
}
