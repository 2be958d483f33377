// SPDX-License-Identifier: GPL-2.0-only
/**
 * What each frame is. The kind is ghost state, kept in the first words of its struct page so that it is journalled like everything else;
 * a touch of a frame that is free, or of the wrong kind, is a finding.
 *
 * Reference: Linux v6.6 include/linux/mm_types.h (struct page, struct ptdesc); xv6 kfree for the poison.
 */
import { writeWord } from './journal.ts';
import { type PhysMem, pageOfSlot, slotOf } from './phys-mem.ts';
import type { Pfn, Ptr } from './types.ts';

export const FREE = 0;
export const KERNEL = 1;
export const ANON = 2;
export const FILE = 3;
export const PTE_TABLE = 4;
export const PMD_TABLE = 5;
export const PGD = 6;
/** Given back: poisoned, and not used again within an execution. */
export const FREED = 7;

export const FRAME_KIND_NAMES = [
  'free',
  'kernel data',
  'anonymous page',
  'page-cache page',
  'page table',
  'page directory',
  'PGD',
  'freed',
] as const;

/** Words of a struct page that hold the ghost state. */
export const PAGE_KIND = 0;
export const PAGE_OWNER = 1;
export const PAGE_ADDRESS = 2;

/** A freed frame's words: not present as an entry, and with a high half that one recognises. */
export const POISON = 0x6b6b6b6a | 0;

/** What a lock in the struct page of a freed frame holds: taken, for ever. */
export const LOCK_POISON = 0xdead4ead | 0;

export const kindOfSlot = (mem: PhysMem, slot: number): number => mem.words[pageOfSlot(mem, slot) + PAGE_KIND]!;

/** Kind of a frame; a frame that was never backed is no memory at all: -1. */
export function frameKind(mem: PhysMem, pfn: Pfn): number {
  const slot = slotOf(mem, pfn);
  return slot < 0 ? -1 : kindOfSlot(mem, slot);
}

/** Declares what a frame is from now on, whose it is, and which user address its first entry or byte serves. */
export function setFrame(mem: PhysMem, slot: number, kind: number, owner: Ptr, address: number): void {
  const page = pageOfSlot(mem, slot);
  writeWord(mem, (page + PAGE_KIND) as Ptr, kind);
  writeWord(mem, (page + PAGE_OWNER) as Ptr, owner);
  writeWord(mem, (page + PAGE_ADDRESS) as Ptr, address | 0);
}

/** Is the frame read by the page walker, so that its words are halves of 8-byte entries? */
export const isTableKind = (kind: number): boolean => kind >= PTE_TABLE && kind <= PGD;
