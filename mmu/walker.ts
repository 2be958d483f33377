// SPDX-License-Identifier: GPL-2.0-only
/**
 * The PAE page walk.
 *
 *   31..30  2 bits  PDPTE register
 *   29..21  9 bits  page-directory entry
 *   20..12  9 bits  page-table entry
 *   11..0  12 bits  offset
 *
 * Levels are judged on the way down: not present, then reserved bits; rights at the end, of both levels together. A and D are set when the whole
 * walk has succeeded: a walk that faults changes nothing. Nothing runs between the read of an entry and the setting of its bits here; where other
 * processors do, on the exploring machine, the bits are set by a locked operation that checks the entry again (cpu/translate).
 *
 * Reference: Intel SDM Vol. 3A 4.4.2 (PAE paging), 4.6 (access rights), 4.7 (page faults), 4.8 (accessed and dirty flags).
 * Not modelled: prefetching and speculative walks; whether a walk that faults at the PTE leaves PDE.A set, which the manual leaves open (here: no).
 */
import { WRITE } from './access.ts';
import { CR4_PGE } from './control.ts';
import { ACCESSED, BEYOND_MEMORY_HIGH, DIRTY, FRAME_LOW_2M, GLOBAL, PAGE_SIZE_2M, PRESENT } from './entry.ts';
import { FAULT_PRESENT, FAULT_RESERVED, NO_FAULT, NO_MEMORY } from './fault.ts';
import { patIndex } from './memory-type.ts';
import { findPde, insertPde } from './pde-cache.ts';
import type { PhysMem } from './phys-mem.ts';
import { RESERVED_LOW_2M } from './reserved.ts';
import { bothRights, permission, rightsOf } from './rights.ts';
import { findSlot, type Slots } from './slots.ts';
import { ALLOWED, CR4, FRAME_BASE, INFO, LEADS_TO, PDPTES, REPORTED, RESERVED_HIGH } from './state.ts';
import { INFO_DIRTY, INFO_TYPE_SHIFT, TAG_2M, TAG_GLOBAL } from './tlb-entry.ts';

/** Frame number of an entry, as an Int32. */
const pfnOf = (lo: number, hi: number): number => (hi << 20) | (lo >>> 12);

export class Walker {
  private readonly s: Int32Array;
  private readonly words: Int32Array;
  private readonly slots: Slots;

  /** Whether a walk sets A and D; off, it only looks. */
  marking = true;

  // What the last walk that succeeded found.
  pfn = 0;
  /** Rights, dirty, memory type: as the TLB keeps them. */
  info = 0;
  /** TAG_2M and TAG_GLOBAL, as the TLB keeps them. */
  kind = 0;

  /** @param s state of the MMU, with the first word of the memory's frames */
  constructor(mem: PhysMem, s: Int32Array) {
    this.s = s;
    this.words = mem.words;
    this.slots = mem.slots;
    s[FRAME_BASE] = mem.frameBase;
  }

  /** @returns NO_FAULT, with the result in the fields; the error code of a page fault; or NO_MEMORY */
  walk(va: number, access: number): number {
    const { s, words } = this;
    const cached = findPde(s, va);
    let pde = 0;
    let table = 0;
    let rights = 0;
    if (cached >= 0) {
      table = s[cached + LEADS_TO]!;
      rights = s[cached + INFO]!;
    } else {
      const top = PDPTES + ((va >>> 30) << 1);
      const topLo = s[top]!;
      const topHi = s[top + 1]!;
      if ((topLo & PRESENT) === 0) return this.fault(access, 0);
      if ((topHi & BEYOND_MEMORY_HIGH) !== 0) return NO_MEMORY;
      const directory = this.firstWord(pfnOf(topLo, topHi));
      if (directory === 0) return this.fault(access, 0);
      pde = ((directory + ((va >>> 20) & 1022)) | 0) >>> 0;
      const lo = words[pde]!;
      const hi = words[pde + 1]!;
      if ((lo & PRESENT) === 0) return this.fault(access, 0);
      if ((hi & s[RESERVED_HIGH]!) !== 0) return this.fault(access, FAULT_PRESENT | FAULT_RESERVED);
      if ((lo & PAGE_SIZE_2M) !== 0) return this.walkLarge(access, pde, lo, hi);
      if ((hi & BEYOND_MEMORY_HIGH) !== 0) return NO_MEMORY;
      table = this.firstWord(pfnOf(lo, hi));
      if (table === 0) return this.fault(access, 0);
      rights = rightsOf(lo, hi);
    }
    const pte = ((table + ((va >>> 11) & 1022)) | 0) >>> 0;
    const lo = words[pte]!;
    const hi = words[pte + 1]!;
    if ((lo & PRESENT) === 0) return this.fault(access, 0);
    if ((hi & s[RESERVED_HIGH]!) !== 0) return this.fault(access, FAULT_PRESENT | FAULT_RESERVED);
    const fault = this.leaf(access, pte, lo, hi, bothRights(rights, rightsOf(lo, hi)), 0);
    if (fault !== NO_FAULT || cached >= 0) return fault;
    // Read only now: where a directory maps itself, this is the entry that has just got its D.
    if (this.marking && (words[pde]! & ACCESSED) === 0) words[pde]! |= ACCESSED;
    insertPde(s, va, rights, table);
    return NO_FAULT;
  }

  private walkLarge(access: number, pde: number, lo: number, hi: number): number {
    if ((lo & RESERVED_LOW_2M) !== 0) return this.fault(access, FAULT_PRESENT | FAULT_RESERVED);
    return this.leaf(access, pde, lo, hi, rightsOf(lo, hi), TAG_2M);
  }

  /** Index of a frame's first word, modulo 2^32, or 0 for a frame that was never touched: all of it is zero. */
  private firstWord(pfn: number): number {
    const slot = findSlot(this.slots, pfn);
    return slot < 0 ? 0 : (this.s[FRAME_BASE]! + (slot << 10)) | 0;
  }

  /** The entry that maps the page. @param size TAG_2M or 0 */
  private leaf(access: number, at: number, lo: number, hi: number, rights: number, size: number): number {
    const { s } = this;
    if (s[ALLOWED + permission(access, rights)] === 0) return this.fault(access, FAULT_PRESENT);
    if ((hi & BEYOND_MEMORY_HIGH) !== 0) return NO_MEMORY;
    const marked = lo | ACCESSED | ((access & WRITE) !== 0 ? DIRTY : 0);
    if (marked !== lo && this.marking) this.words[at] = marked;
    this.pfn = pfnOf(size === 0 ? lo : lo & FRAME_LOW_2M, hi);
    this.info = rights | ((marked & DIRTY) !== 0 ? INFO_DIRTY : 0) | (patIndex(lo, size !== 0) << INFO_TYPE_SHIFT);
    this.kind = size | ((lo & GLOBAL) !== 0 && (s[CR4]! & CR4_PGE) !== 0 ? TAG_GLOBAL : 0);
    return NO_FAULT;
  }

  private fault(access: number, bits: number): number {
    return bits | (access & this.s[REPORTED]!);
  }
}
