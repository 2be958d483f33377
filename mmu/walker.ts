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
import { ACCESSED, BEYOND_MEMORY_HIGH, DIRTY, entryPfn, FRAME_LOW_2M, GLOBAL, PAGE_SIZE_2M, PRESENT } from './entry.ts';
import { FAULT_PRESENT, FAULT_RESERVED, NO_FAULT, NO_MEMORY } from './fault.ts';
import { patIndex } from './memory-type.ts';
import type { PdeCache } from './pde-cache.ts';
import type { PhysMem } from './phys-mem.ts';
import type { Registers } from './registers.ts';
import { RESERVED_LOW_2M } from './reserved.ts';
import { bothRights, permission, rightsOf } from './rights.ts';
import { findSlot } from './slots.ts';
import { INFO_DIRTY, INFO_TYPE_SHIFT, TAG_2M, TAG_GLOBAL } from './tlb-entry.ts';

export class Walker {
  private readonly mem: PhysMem;
  private readonly regs: Registers;
  private readonly pdes: PdeCache;

  /** Whether a walk sets A and D; off, it only looks. */
  marking = true;

  // What the last walk that succeeded found.
  pfn = 0;
  /** Rights, dirty, memory type: as the TLB keeps them. */
  info = 0;
  /** TAG_2M and TAG_GLOBAL, as the TLB keeps them. */
  kind = 0;

  constructor(mem: PhysMem, regs: Registers, pdes: PdeCache) {
    this.mem = mem;
    this.regs = regs;
    this.pdes = pdes;
  }

  /** @returns NO_FAULT, with the result in the fields; the error code of a page fault; or NO_MEMORY */
  walk(va: number, access: number): number {
    const { pdes } = this;
    const i = pdes.find(va);
    return i >= 0 ? this.walkTable(va, access, pdes.words[i]!, pdes.rights[i]!) : this.walkDirectory(va, access);
  }

  private walkDirectory(va: number, access: number): number {
    const { words } = this.mem;
    const { pdptes } = this.regs;
    const top = (va >>> 30) << 1;
    const topLo = pdptes[top]!;
    const topHi = pdptes[top + 1]!;
    if ((topLo & PRESENT) === 0) return this.fault(access, 0);
    if ((topHi & BEYOND_MEMORY_HIGH) !== 0) return NO_MEMORY;
    const directory = this.firstWord(entryPfn(topLo, topHi));
    if (directory === 0) return this.fault(access, 0);
    const at = ((directory + ((va >>> 20) & 1022)) | 0) >>> 0;
    const lo = words[at]!;
    const hi = words[at + 1]!;
    if ((lo & PRESENT) === 0) return this.fault(access, 0);
    if ((hi & this.regs.reservedHigh) !== 0) return this.fault(access, FAULT_PRESENT | FAULT_RESERVED);
    if ((lo & PAGE_SIZE_2M) !== 0) {
      if ((lo & RESERVED_LOW_2M) !== 0) return this.fault(access, FAULT_PRESENT | FAULT_RESERVED);
      return this.leaf(access, at, lo, hi, rightsOf(lo, hi), TAG_2M);
    }
    if ((hi & BEYOND_MEMORY_HIGH) !== 0) return NO_MEMORY;
    const pfn = entryPfn(lo, hi);
    const table = this.firstWord(pfn);
    if (table === 0) return this.fault(access, 0);
    const rights = rightsOf(lo, hi);
    const fault = this.walkTable(va, access, table, rights);
    if (fault !== NO_FAULT) return fault;
    // Read again: where a directory maps itself, this is the entry that has just got its D.
    if (this.marking && (lo & ACCESSED) === 0) words[at] = words[at]! | ACCESSED;
    this.pdes.insert(va, rights, pfn, table);
    return NO_FAULT;
  }

  /** @param table index of the table's first word, modulo 2^32 */
  private walkTable(va: number, access: number, table: number, pdeRights: number): number {
    const { words } = this.mem;
    const at = ((table + ((va >>> 11) & 1022)) | 0) >>> 0;
    const lo = words[at]!;
    const hi = words[at + 1]!;
    if ((lo & PRESENT) === 0) return this.fault(access, 0);
    if ((hi & this.regs.reservedHigh) !== 0) return this.fault(access, FAULT_PRESENT | FAULT_RESERVED);
    return this.leaf(access, at, lo, hi, bothRights(pdeRights, rightsOf(lo, hi)), 0);
  }

  /** Index of a frame's first word, modulo 2^32, or 0 for a frame that was never touched: all of it is zero. */
  private firstWord(pfn: number): number {
    const { slots, frameBase } = this.mem;
    const slot = findSlot(slots, pfn);
    return slot < 0 ? 0 : (frameBase + (slot << 10)) | 0;
  }

  /** The entry that maps the page. @param size TAG_2M or 0 */
  private leaf(access: number, at: number, lo: number, hi: number, rights: number, size: number): number {
    const { regs } = this;
    if (regs.allowed[permission(access, rights)] === 0) return this.fault(access, FAULT_PRESENT);
    if ((hi & BEYOND_MEMORY_HIGH) !== 0) return NO_MEMORY;
    const marked = lo | ACCESSED | ((access & WRITE) !== 0 ? DIRTY : 0);
    if (marked !== lo && this.marking) this.mem.words[at] = marked;
    this.pfn = entryPfn(size === 0 ? lo : lo & FRAME_LOW_2M, hi) | 0;
    this.info = rights | ((marked & DIRTY) !== 0 ? INFO_DIRTY : 0) | (patIndex(lo, size !== 0) << INFO_TYPE_SHIFT);
    this.kind = size | ((lo & GLOBAL) !== 0 && (regs.cr4 & CR4_PGE) !== 0 ? TAG_GLOBAL : 0);
    return NO_FAULT;
  }

  private fault(access: number, bits: number): number {
    return bits | (access & this.regs.reported);
  }
}
