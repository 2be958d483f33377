// SPDX-License-Identifier: GPL-2.0-only
/**
 * The page walker where other processors change the tables meanwhile: it reads an entry at once, sets A and D by a locked operation that checks the entry
 * again, and walks again where that finds another. It takes the place of mmu/walker in the build of the parallel engine.
 *
 * Reference: Intel SDM Vol. 3A 4.4.2 (PAE paging), 4.8 (accessed and dirty flags), 4.10.3.1 (a processor need not cache PDEs: this one does not).
 */
import { WRITE } from '../access.ts';
import { CR4_PGE } from '../control.ts';
import { ACCESSED, BEYOND_MEMORY_HIGH, DIRTY, FRAME_LOW_2M, GLOBAL, PAGE_SIZE_2M, PRESENT } from '../entry.ts';
import { FAULT_PRESENT, FAULT_RESERVED, NO_FAULT, NO_MEMORY } from '../fault.ts';
import { patIndex } from '../memory-type.ts';
import type { PhysMem } from '../phys-mem.ts';
import { RESERVED_LOW_2M } from '../reserved.ts';
import { bothRights, permission, rightsOf } from '../rights.ts';
import { findSlot, type Slots } from '../slots.ts';
import { ALLOWED, CR4, FRAME_BASE, PDPTES, REPORTED, RESERVED_HIGH } from '../state.ts';
import { INFO_DIRTY, INFO_TYPE_SHIFT, TAG_2M, TAG_GLOBAL } from '../tlb-entry.ts';
import type { Ptr } from '../types.ts';
import { compareEntry, highHalf, readEntry } from './whole-entry.ts';

/** No fault code: an entry has changed under the walk. */
const CHANGED = -2;

/** Frame number of an entry, as an Int32. */
const pfnOf = (lo: number, hi: number): number => (hi << 20) | (lo >>> 12);

export class Walker {
  private readonly s: Int32Array;
  private readonly slots: Slots;

  // What the last walk that succeeded found; see mmu/walker.
  pfn = 0;
  info = 0;
  kind = 0;

  /** @param s state of the MMU, with the first word of the memory's frames */
  constructor(mem: PhysMem, s: Int32Array) {
    this.s = s;
    this.slots = mem.slots;
    s[FRAME_BASE] = mem.frameBase;
  }

  /** @returns NO_FAULT, with the result in the fields; the error code of a page fault; or NO_MEMORY */
  walk(va: number, access: number): number {
    for (;;) {
      const fault = this.walkOnce(va, access);
      if (fault !== CHANGED) return fault;
    }
  }

  private walkOnce(va: number, access: number): number {
    const { s } = this;
    const top = PDPTES + ((va >>> 30) << 1);
    const topLo = s[top]!;
    const topHi = s[top + 1]!;
    if ((topLo & PRESENT) === 0) return this.fault(access, 0);
    if ((topHi & BEYOND_MEMORY_HIGH) !== 0) return NO_MEMORY;
    const directory = this.firstWord(pfnOf(topLo, topHi));
    if (directory === 0) return this.fault(access, 0);
    const pde = ((directory + ((va >>> 20) & 1022)) >>> 0) as Ptr;
    const pdeLo = readEntry(pde);
    const pdeHi = highHalf();
    if ((pdeLo & PRESENT) === 0) return this.fault(access, 0);
    if ((pdeHi & s[RESERVED_HIGH]!) !== 0) return this.fault(access, FAULT_PRESENT | FAULT_RESERVED);
    if ((pdeLo & PAGE_SIZE_2M) !== 0) {
      if ((pdeLo & RESERVED_LOW_2M) !== 0) return this.fault(access, FAULT_PRESENT | FAULT_RESERVED);
      return this.leaf(access, pde, pdeLo, pdeHi, rightsOf(pdeLo, pdeHi), TAG_2M);
    }
    if ((pdeHi & BEYOND_MEMORY_HIGH) !== 0) return NO_MEMORY;
    const table = this.firstWord(pfnOf(pdeLo, pdeHi));
    if (table === 0) return this.fault(access, 0);
    const pte = ((table + ((va >>> 11) & 1022)) >>> 0) as Ptr;
    const lo = readEntry(pte);
    const hi = highHalf();
    if ((lo & PRESENT) === 0) return this.fault(access, 0);
    if ((hi & s[RESERVED_HIGH]!) !== 0) return this.fault(access, FAULT_PRESENT | FAULT_RESERVED);
    const fault = this.leaf(access, pte, lo, hi, bothRights(rightsOf(pdeLo, pdeHi), rightsOf(lo, hi)), 0);
    if (fault !== NO_FAULT) return fault;
    return (pdeLo & ACCESSED) !== 0 || compareEntry(pde, pdeLo, pdeHi, pdeLo | ACCESSED, pdeHi) ? NO_FAULT : CHANGED;
  }

  /** Index of a frame's first word, modulo 2^32, or 0 for a frame that was never touched: all of it is zero. */
  private firstWord(pfn: number): number {
    const slot = findSlot(this.slots, pfn);
    return slot < 0 ? 0 : (this.s[FRAME_BASE]! + (slot << 10)) | 0;
  }

  /** The entry that maps the page. @param size TAG_2M or 0 */
  private leaf(access: number, at: Ptr, lo: number, hi: number, rights: number, size: number): number {
    const { s } = this;
    if (s[ALLOWED + permission(access, rights)] === 0) return this.fault(access, FAULT_PRESENT);
    if ((hi & BEYOND_MEMORY_HIGH) !== 0) return NO_MEMORY;
    const marked = lo | ACCESSED | ((access & WRITE) !== 0 ? DIRTY : 0);
    if (marked !== lo && !compareEntry(at, lo, hi, marked, hi)) return CHANGED;
    this.pfn = pfnOf(size === 0 ? lo : lo & FRAME_LOW_2M, hi);
    this.info = rights | ((marked & DIRTY) !== 0 ? INFO_DIRTY : 0) | (patIndex(lo, size !== 0) << INFO_TYPE_SHIFT);
    this.kind = size | ((lo & GLOBAL) !== 0 && (s[CR4]! & CR4_PGE) !== 0 ? TAG_GLOBAL : 0);
    return NO_FAULT;
  }

  private fault(access: number, bits: number): number {
    return bits | (access & this.s[REPORTED]!);
  }
}
