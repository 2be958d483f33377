// SPDX-License-Identifier: GPL-2.0-only
/**
 * The memory-management unit of one vCPU: registers, TLBs, PDE cache and walker. `translate` is the only way from a linear address to a word of
 * memory; it allocates nothing, and what goes wrong stands in `fault`.
 *
 * An access that the TLB's entry does not permit, or that has to set D, walks again before it faults: this processor never faults on what it
 * remembers. mmu/permissive is the processor that may.
 *
 * Reference: Intel SDM Vol. 3A 4.4 (PAE paging), 4.10 (caching translation information). Not modelled: see mmu/walker, mmu/tlb, mmu/invalidation,
 * mmu/memory-type.
 */
import { WRITE } from './access.ts';
import { NO_FAULT, NO_MEMORY } from './fault.ts';
import { Front } from './front.ts';
import { SKYLAKE, type TlbGeometry } from './geometry.ts';
import { DROP_GLOBAL, DROP_LOCAL, DROP_PAGE, DROP_STRUCTURE, DROP_STRUCTURES, ON_INVLPG, ON_PAGE_FAULT } from './invalidation.ts';
import { PAGE_4K } from './linear.ts';
import { PdeCache } from './pde-cache.ts';
import { backFrame, type PhysMem } from './phys-mem.ts';
import { Registers } from './registers.ts';
import { permission } from './rights.ts';
import { findSlot } from './slots.ts';
import { Tlb } from './tlb.ts';
import { INFO_DIRTY, INFO_IN_FRONT, INFO_RIGHTS, TAG_2M } from './tlb-entry.ts';
import type { Pfn } from './types.ts';
import { Walker } from './walker.ts';

/** Frame of the 4 KiB page, out of that of a page of either size. @param kind has TAG_2M */
const pfnOf = (va: number, pfn: number, kind: number): number => ((kind & TAG_2M) === 0 ? pfn : pfn + ((va >>> 12) & 511));
const wordOf = (va: number, first: number): number => (first + ((va >>> 2) & 1023)) | 0;

export class Mmu {
  readonly mem: PhysMem;
  /** Those of the memory. */
  private readonly words: Int32Array;
  readonly regs: Registers;
  readonly tlb: Tlb;
  readonly pdes: PdeCache;
  readonly walker: Walker;
  readonly front = new Front();

  /** Why the last translation that failed did: the error code of a page fault, with the address in `regs.cr2`, or NO_MEMORY. NO_FAULT once taken. */
  fault = NO_FAULT;
  /** Translations asked for, those that the first level did not have, and walks; each modulo 2^32. */
  readonly counters = { translations: 0, firstMisses: 0, walks: 0 };

  constructor(mem: PhysMem, maxphyaddr = 36, geometry: TlbGeometry = SKYLAKE) {
    this.mem = mem;
    this.words = mem.words;
    this.regs = new Registers(maxphyaddr);
    this.tlb = new Tlb(geometry);
    this.pdes = new PdeCache(geometry.pdes);
    this.walker = new Walker(mem, this.regs, this.pdes);
  }

  /**
   * Index of the word that holds the byte at a linear address, as an Int32 (`>>> 0` makes it an index), or 0 after a fault.
   * @param access a sum of mmu/access bits
   */
  translate(va: number, access: number): number {
    this.counters.translations = (this.counters.translations + 1) | 0;
    const { front } = this;
    const i = front.placeOf(va, access);
    if (front.tag[i] === ((va & PAGE_4K) | front.stamp)) return (front.base[i]! + ((va >>> 2) & 1023)) | 0;
    return this.miss(va, access);
  }

  /** The aligned 32-bit word at a linear address; 0 after a fault. An unaligned address is refused: see mmu/span. */
  load32(va: number, access: number): number {
    const { front } = this;
    const i = front.placeOf(va, access);
    // The two low bits of the address stay, and make an unaligned one miss.
    if (front.tag[i] === ((va & (PAGE_4K | 3)) | front.stamp)) return this.words[((front.base[i]! + ((va >>> 2) & 1023)) | 0) >>> 0]!;
    const at = this.missAligned(va, access);
    return at === 0 ? 0 : this.words[at >>> 0]!;
  }

  /** Stores an aligned 32-bit word. @returns whether it was stored: false after a fault */
  store32(va: number, access: number, value: number): boolean {
    const { front } = this;
    const i = front.placeOf(va, access);
    let at = 0;
    if (front.tag[i] === ((va & (PAGE_4K | 3)) | front.stamp)) at = front.base[i]! + ((va >>> 2) & 1023);
    else {
      at = this.missAligned(va, access);
      if (at === 0) return false;
    }
    this.words[at >>> 0] = value;
    return true;
  }

  private missAligned(va: number, access: number): number {
    if ((va & 3) !== 0) throw new RangeError(`linear address 0x${(va >>> 0).toString(16)} is not aligned to 4 bytes`);
    return this.miss(va, access);
  }

  /** The front had nothing: TLB, then walk. */
  private miss(va: number, access: number): number {
    const { tlb, counters } = this;
    if (!this.regs.paging) return this.enter(va, access, this.firstWord(va >>> 12));
    let i = tlb.findFirst(va, access);
    const again = i >= 0;
    if (!again) {
      counters.firstMisses = (counters.firstMisses + 1) | 0;
      const j = tlb.findSecond(va);
      if (j < 0) return this.fill(va, access);
      i = tlb.promote(access, j);
      this.dropEvicted();
    }
    const info = tlb.info[i]!;
    const dirty = (access & WRITE) === 0 || (info & INFO_DIRTY) !== 0;
    if (!dirty || this.regs.allowed[permission(access, info & INFO_RIGHTS)] === 0) {
      this.invalidate(ON_PAGE_FAULT, va);
      return this.fill(va, access);
    }
    const first = this.firstWord(pfnOf(va, tlb.pfn[i]!, tlb.tag[i]!));
    // Only what is used again goes into the front.
    if (!again) return wordOf(va, first);
    tlb.info[i] = info | INFO_IN_FRONT;
    return this.enter(va, access, first);
  }

  private fill(va: number, access: number): number {
    const { walker, counters } = this;
    counters.walks = (counters.walks + 1) | 0;
    let fault = walker.walk(va, access);
    if (fault !== NO_FAULT && this.pdes.find(va) >= 0) {
      this.pdes.drop(va);
      fault = walker.walk(va, access);
    }
    if (fault !== NO_FAULT) return this.raise(va, fault);
    this.tlb.insert(va, access, walker.info, walker.pfn, walker.kind);
    this.dropEvicted();
    return wordOf(va, this.firstWord(pfnOf(va, walker.pfn, walker.kind)));
  }

  private raise(va: number, fault: number): number {
    this.fault = fault;
    if (fault === NO_MEMORY) return 0;
    this.regs.cr2 = va >>> 0;
    this.invalidate(ON_PAGE_FAULT, va);
    return 0;
  }

  /** Index of a frame's first word, modulo 2^32; the frame is backed if it was not. */
  private firstWord(pfn: number): number {
    const { mem } = this;
    let slot = findSlot(mem.slots, pfn);
    if (slot < 0) slot = backFrame(mem, (pfn >>> 0) as Pfn);
    return (mem.frameBase + (slot << 10)) | 0;
  }

  /** From here on the front answers. @param first index of the frame's first word */
  private enter(va: number, access: number, first: number): number {
    this.front.fill(va, access, first);
    return wordOf(va, first);
  }

  /** What the first level gave up, the front gives up. */
  private dropEvicted(): void {
    const { evicted } = this.tlb;
    if (evicted === 0) return;
    if ((evicted & TAG_2M) !== 0) this.front.dropAll();
    else this.front.dropPage(evicted);
  }

  /** Removes what an event removes. @param drops a sum of DROP_ bits of mmu/invalidation; @param va of DROP_PAGE and DROP_STRUCTURE */
  invalidate(drops: number, va: number): void {
    if ((drops & DROP_PAGE) !== 0) {
      if (this.tlb.holds2M) this.front.dropAll();
      else this.front.dropPage(va);
      this.tlb.dropPage(va);
    }
    if ((drops & (DROP_LOCAL | DROP_GLOBAL)) !== 0) this.front.dropAll();
    if ((drops & DROP_LOCAL) !== 0) this.tlb.dropLocal();
    if ((drops & DROP_GLOBAL) !== 0) this.tlb.dropGlobal();
    if ((drops & DROP_STRUCTURES) !== 0) this.pdes.dropAll();
    else if ((drops & DROP_STRUCTURE) !== 0) this.pdes.drop(va);
  }

  invlpg(va: number): void {
    this.invalidate(ON_INVLPG, va);
  }

  /** The fault that a translation left behind; NO_FAULT from then on. */
  takeFault(): number {
    const { fault } = this;
    this.fault = NO_FAULT;
    return fault;
  }
}
