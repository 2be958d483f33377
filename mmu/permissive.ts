// SPDX-License-Identifier: GPL-2.0-only
/**
 * The TLB that may remember anything: for one access of a vCPU, everything that the architecture allows to happen. It may use any translation that a
 * walk could have made at some moment since the last invalidation that covers it, with a PDE out of a paging-structure cache or not; it may walk now,
 * and it may fault on what it remembers. It remembers no entry that is not present, has a reserved bit or has A clear, and writes through none
 * with D clear.
 *
 * A walk at time t reads a PTE that is there at t, through a PDE that is there at t or was read before and not dropped since (mmu/invalidations).
 *
 * Reference: Intel SDM Vol. 3A 4.8, 4.10.2, 4.10.3, 4.10.4.3 (optional invalidations and spurious faults).
 * Not modelled: A set by speculative walks (cpu/translate does it), global translations of an address space that MOV CR3 has left.
 */
import { WRITE } from './access.ts';
import { CR4_PGE } from './control.ts';
import { ACCESSED, DIRTY, entryPfn, FRAME_LOW_2M, GLOBAL, PAGE_SIZE_2M, PRESENT } from './entry.ts';
import { createEntryLog, logEntry } from './entry-log.ts';
import { FAULT_PRESENT, FAULT_RESERVED } from './fault.ts';
import { frameKind, PMD_TABLE, PTE_TABLE } from './frames.ts';
import { History } from './history.ts';
import { Invalidations, NEVER } from './invalidations.ts';
import { ASTRAY, FAULT, MARK, Outcomes, USE } from './outcomes.ts';
import { loadPdptes, PDPT_WORDS, pdptAt } from './pdpte.ts';
import { frameOfSlot, type PhysMem, slotOf } from './phys-mem.ts';
import { Registers } from './registers.ts';
import { RESERVED_LOW_2M } from './reserved.ts';
import { bothRights, permission, rightsOf } from './rights.ts';
import type { Pfn, Ptr } from './types.ts';

/** Instead of a frame: with the PDE marked, the walk begins again. */
export const WALK_AGAIN = -1;

export class PermissiveTlb {
  readonly regs: Registers;
  readonly invalidations = new Invalidations();
  /** What may become of the last access that was asked about; the walk that starts from the present entries comes first. */
  readonly outcomes = new Outcomes();
  /** The entries that a walk from the present ones reads; 0 where it does not get so far. */
  pde = 0 as Ptr;
  pte = 0 as Ptr;
  private readonly mem: PhysMem;
  /** Every value that walks of this vCPU could read in an entry, those between the two stores of a pair too. */
  private readonly log = createEntryLog();
  private readonly pdes = new History();
  private readonly ptes = new History();
  private sealedCr3 = 0;
  private readonly sealedPdptes = new Int32Array(PDPT_WORDS);
  private access = 0;
  private va = 0;

  constructor(mem: PhysMem, maxphyaddr = 36) {
    this.mem = mem;
    this.regs = new Registers(maxphyaddr);
  }

  /** What MOV CR3 does: the PDPTE registers are loaded. @returns false for #GP(0) */
  loadCr3(cr3: number): boolean {
    this.regs.cr3 = cr3 | 0;
    const pdpt = pdptAt(this.mem, cr3);
    if (pdpt !== 0) return loadPdptes(this.regs.pdptes, this.mem.words, pdpt, this.regs.maxphyaddr);
    this.regs.pdptes.fill(0); // never touched: zero
    return true;
  }

  /** The registers are what executions start with. */
  seal(): void {
    this.sealedCr3 = this.regs.cr3;
    this.sealedPdptes.set(this.regs.pdptes);
  }

  /** A new execution: nothing is remembered. */
  reset(): void {
    this.invalidations.reset();
    this.log.n = 0;
    this.regs.cr3 = this.sealedCr3;
    this.regs.pdptes.set(this.sealedPdptes);
  }

  /** From event `seq` on walks read (lo, hi) in the entry; before its first change they read (oldLo, oldHi). */
  see(entry: Ptr, seq: number, oldLo: number, oldHi: number, lo: number, hi: number): void {
    logEntry(this.log, entry, seq, oldLo, oldHi, lo, hi);
  }

  /** Do walks read (lo, hi) in the entry now? */
  sees(entry: Ptr, lo: number, hi: number): boolean {
    this.ptes.read(entry, this.log, this.mem.words);
    return this.ptes.lo[0] === lo && this.ptes.hi[0] === hi;
  }

  /** Is the address mapped by a page of 2 MiB now? */
  isLarge(va: number): boolean {
    const top = (va >>> 30) << 1;
    const { pdptes } = this.regs;
    const directory = entryPfn(pdptes[top]!, pdptes[top + 1]!);
    if ((pdptes[top]! & PRESENT) === 0 || frameKind(this.mem, directory) !== PMD_TABLE) return false;
    this.pdes.read(this.entryAt(directory, va >>> 21), this.log, this.mem.words);
    return (this.pdes.lo[0]! & (PRESENT | PAGE_SIZE_2M)) === (PRESENT | PAGE_SIZE_2M);
  }

  /** Fills `outcomes`. */
  consider(va: number, access: number): void {
    const { regs, outcomes, pdes } = this;
    outcomes.n = 0;
    this.pde = this.pte = 0 as Ptr;
    this.va = va;
    this.access = access;
    const top = (va >>> 30) << 1;
    if ((regs.pdptes[top]! & PRESENT) === 0) {
      this.fault(0);
      return;
    }
    const directory = entryPfn(regs.pdptes[top]!, regs.pdptes[top + 1]!);
    if (this.isAstray(directory, PMD_TABLE)) return;
    const pde = this.entryAt(directory, va >>> 21);
    this.pde = pde;
    pdes.read(pde, this.log, this.mem.words);
    for (let i = 0; i < pdes.n; i++) this.throughPde(pde, i);
  }

  private throughPde(pde: Ptr, i: number): void {
    const { pdes, va } = this;
    const lo = pdes.lo[i]!;
    const hi = pdes.hi[i]!;
    const until = pdes.until[i]!;
    const current = i === 0;
    const large = (lo & PAGE_SIZE_2M) !== 0;
    // Through a PDE that refers to a table a global translation may have been made, whatever bit 8 of the PDE is.
    if (until <= this.since(large ? lo : GLOBAL, large)) return;
    if (!this.isUsable(lo, hi, current, large)) return;
    if (large) {
      const pfn = entryPfn(lo & FRAME_LOW_2M, hi) + ((va >>> 12) & 511);
      this.leaf(pde, lo, hi, rightsOf(lo, hi), pfn, current);
      return;
    }
    const accessed = (lo & ACCESSED) !== 0;
    if (!accessed) this.outcomes.add(MARK, pde, lo, hi, ACCESSED, WALK_AGAIN);
    const limit = current ? NEVER : this.invalidations.structuresUntil(va, until);
    const table = entryPfn(lo, hi);
    // What was read there before it went astray may still be remembered.
    const astray = limit === NEVER && this.isAstray(table, PTE_TABLE);
    if (slotOf(this.mem, table) < 0) return;
    const pte = this.entryAt(table, va >>> 12);
    if (current && !astray) this.pte = pte;
    this.ptes.read(pte, this.log, this.mem.words);
    const rights = rightsOf(lo, hi);
    if (accessed) for (let k = astray ? 1 : 0; k < this.ptes.n; k++) this.throughPte(pte, k, rights, pdes.from[i]!, limit);
    // A walk that faults at the PTE may or may not have set A in the PDE.
    else if (!astray) this.faultAt(rights);
  }

  private throughPte(pte: Ptr, k: number, pdeRights: number, from: number, limit: number): void {
    const { ptes } = this;
    const lo = ptes.lo[k]!;
    const hi = ptes.hi[k]!;
    const earliest = Math.max(ptes.from[k]!, from, this.since(lo, false));
    if (earliest >= Math.min(ptes.until[k]!, limit)) return;
    const current = k === 0 && limit === NEVER;
    if (!this.isUsable(lo, hi, current, false)) return;
    this.leaf(pte, lo, hi, bothRights(pdeRights, rightsOf(lo, hi)), entryPfn(lo, hi), current);
  }

  /** The fault, if it is one, that the present PTE gives. */
  private faultAt(pdeRights: number): void {
    const lo = this.ptes.lo[0]!;
    const hi = this.ptes.hi[0]!;
    if (this.isUsable(lo, hi, true, false) && !this.isPermitted(bothRights(pdeRights, rightsOf(lo, hi)))) this.fault(FAULT_PRESENT);
  }

  /** Could an entry like this one lead on? One that is there now and cannot is a fault. */
  private isUsable(lo: number, hi: number, current: boolean, large: boolean): boolean {
    const bad = (hi & this.regs.reservedHigh) !== 0 || (large && (lo & RESERVED_LOW_2M) !== 0);
    if ((lo & PRESENT) !== 0 && !bad) return current || (lo & ACCESSED) !== 0;
    if (current) this.fault((lo & PRESENT) === 0 ? 0 : FAULT_PRESENT | FAULT_RESERVED);
    return false;
  }

  private isPermitted(rights: number): boolean {
    return this.regs.allowed[permission(this.access, rights)] !== 0;
  }

  private leaf(entry: Ptr, lo: number, hi: number, rights: number, pfn: number, current: boolean): void {
    if (!this.isPermitted(rights)) {
      this.fault(FAULT_PRESENT);
      return;
    }
    const missing = (ACCESSED | ((this.access & WRITE) !== 0 ? DIRTY : 0)) & ~lo;
    if (missing === 0) this.outcomes.add(USE, pfn, 0, 0, 0, 0);
    else if (current) this.outcomes.add(MARK, entry, lo, hi, missing, pfn);
  }

  /** The last event that made this vCPU forget translations like this one. */
  private since(lo: number, large: boolean): number {
    return this.invalidations.translationsSince(this.va, (lo & GLOBAL) !== 0 && (this.regs.cr4 & CR4_PGE) !== 0, large);
  }

  private fault(bits: number): void {
    this.outcomes.add(FAULT, bits | (this.access & this.regs.reported), 0, 0, 0, 0);
  }

  /** To read an entry now where there is no table, or not any more, is an outcome of its own. */
  private isAstray(pfn: Pfn, kind: number): boolean {
    if (frameKind(this.mem, pfn) === kind) return false;
    this.outcomes.add(ASTRAY, pfn, kind, 0, 0, 0);
    return true;
  }

  private entryAt(pfn: Pfn, index: number): Ptr {
    return (frameOfSlot(this.mem, slotOf(this.mem, pfn)) + (index & 511) * 2) as Ptr;
  }
}
