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
  reservedIn(lo, hi, RESERVED_LOW_PDPTE, reservedHighPdpte(maxphyaddr)) !== 0;

/** Not 0 if the entry is present and has a bit of the masks. Without a branch: MOV CR3 asks for four entries at once. */
const reservedIn = (lo: number, hi: number, low: number, high: number): number => ((lo & low) | (hi & high)) & -(lo & PRESENT);

/**
 * Loads the registers from `words`, from `at` on.
 * @returns false, and nothing is loaded, where an entry is wrong
 */
export function loadPdptes(registers: Int32Array, words: Int32Array, at: number, maxphyaddr: number): boolean {
  const low = RESERVED_LOW_PDPTE;
  const high = reservedHighPdpte(maxphyaddr);
  // Not in a loop: V8 would look at the type of both arrays again in every turn.
  const lo0 = words[at]!;
  const hi0 = words[at + 1]!;
  const lo1 = words[at + 2]!;
  const hi1 = words[at + 3]!;
  const lo2 = words[at + 4]!;
  const hi2 = words[at + 5]!;
  const lo3 = words[at + 6]!;
  const hi3 = words[at + 7]!;
  const bad =
    reservedIn(lo0, hi0, low, high) | reservedIn(lo1, hi1, low, high) | reservedIn(lo2, hi2, low, high) | reservedIn(lo3, hi3, low, high);
  if (bad !== 0) return false;
  registers[0] = lo0;
  registers[1] = hi0;
  registers[2] = lo1;
  registers[3] = hi1;
  registers[4] = lo2;
  registers[5] = hi2;
  registers[6] = lo3;
  registers[7] = hi3;
  return true;
}
