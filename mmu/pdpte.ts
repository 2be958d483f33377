// SPDX-License-Identifier: GPL-2.0-only
/**
 * The four PDPTE registers: loaded from the 32 bytes that CR3 points to, all four or, where one is wrong, none.
 *
 * Reference: Intel SDM Vol. 3A 4.4.1 (PDPTE registers), table 4-8.
 */
import { CR3_PDPT } from './control.ts';
import { PRESENT } from './entry.ts';
import { frameOfSlot, type PhysMem, slotOf } from './phys-mem.ts';
import { RESERVED_LOW_PDPTE, reservedHighPdpte } from './reserved.ts';
import type { Pfn, Ptr } from './types.ts';

/** Words of a page-directory-pointer table. */
export const PDPT_WORDS = 8;

/** Frame of the table that CR3 points to, and its first word in that frame. */
export const pdptFrame = (cr3: number): number => cr3 >>> 12;
export const pdptWord = (cr3: number): number => ((cr3 & CR3_PDPT) >>> 2) & 1023;

/** The first word of the table that CR3 points to, or 0 where no memory is. */
export function pdptAt(mem: PhysMem, cr3: number): Ptr {
  const slot = slotOf(mem, pdptFrame(cr3) as Pfn);
  return (slot < 0 ? 0 : frameOfSlot(mem, slot) + pdptWord(cr3)) as Ptr;
}

/** Is a PDPTE present and has a reserved bit set? MOV CR3 then raises #GP(0). */
export const isBadPdpte = (lo: number, hi: number, maxphyaddr: number): boolean =>
  (lo & PRESENT) !== 0 && ((lo & RESERVED_LOW_PDPTE) !== 0 || (hi & reservedHighPdpte(maxphyaddr)) !== 0);

/**
 * Loads the registers from `words`, from `at` on.
 * @returns false, and nothing is loaded, where an entry is wrong
 */
export function loadPdptes(registers: Int32Array, words: Int32Array, at: number, maxphyaddr: number): boolean {
  for (let i = 0; i < PDPT_WORDS; i += 2) if (isBadPdpte(words[at + i]!, words[at + i + 1]!, maxphyaddr)) return false;
  for (let i = 0; i < PDPT_WORDS; i++) registers[i] = words[at + i]!;
  return true;
}
