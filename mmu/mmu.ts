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
import { FETCH, WRITE } from './access.ts';
import { createState, find, replaced, write } from './bank.ts';
import { CR0_PG } from './control.ts';
import { NO_FAULT, NO_MEMORY } from './fault.ts';
import { Front, placeOf } from './front.ts';
import { SKYLAKE, type TlbGeometry } from './geometry.ts';
import { DROP_GLOBAL, DROP_LOCAL, DROP_PAGE, DROP_STRUCTURE, DROP_STRUCTURES, ON_INVLPG, ON_PAGE_FAULT } from './invalidation.ts';
import { PAGE_4K } from './linear.ts';
import { enterPage, findPage, vacated } from './page-index.ts';
import { PdeCache } from './pde-cache.ts';
import { backFrame, type PhysMem } from './phys-mem.ts';
import { Registers } from './registers.ts';
import { permission } from './rights.ts';
import { findSlot, type Slots } from './slots.ts';
import {
  ALLOWED,
  CODE_4K,
  CR0,
  DATA_4K,
  FETCHED,
  FIRST_MISSES,
  FRAME_BASE,
  FRONT_STAMP,
  INFO,
  KINDS,
  LEADS_TO,
  LOCAL_STAMP,
  SHARED,
  TRANSLATIONS,
  WALKS,
} from './state.ts';
import { findOther, Tlb } from './tlb.ts';
import { INFO_DIRTY, INFO_IN_FRONT, INFO_RIGHTS, TAG_2M } from './tlb-entry.ts';
import type { Pfn } from './types.ts';
import { Walker } from './walker.ts';

const wordOf = (va: number, first: number): number => (first + ((va >>> 2) & 1023)) | 0;

export class Mmu {
  /** All of it, by mmu/state. */
  readonly state: Int32Array<ArrayBuffer>;
  readonly mem: PhysMem;
  /** Those of the memory. */
  private readonly words: Int32Array;
  private readonly slots: Slots;
  readonly regs: Registers;
  readonly front: Front;
  readonly tlb: Tlb;
  readonly pdes: PdeCache;
  readonly walker: Walker;

  /** Why the last translation that failed did: the error code of a page fault, with the address in `regs.cr2`, or NO_MEMORY. NO_FAULT once taken. */
  fault = NO_FAULT;

  constructor(mem: PhysMem, maxphyaddr = 36, geometry: TlbGeometry = SKYLAKE) {
    this.state = createState(geometry);
    this.mem = mem;
    this.words = mem.words;
    this.slots = mem.slots;
    this.regs = new Registers(maxphyaddr, this.state);
    this.front = new Front(this.state);
    this.tlb = new Tlb(this.state, this.front);
    this.pdes = new PdeCache(this.state);
    this.walker = new Walker(mem, this.state);
  }

  /** Translations asked for, those that the first level did not have, and walks; each modulo 2^32. */
  get counters(): { translations: number; firstMisses: number; walks: number } {
    const { state } = this;
    return { translations: state[TRANSLATIONS]!, firstMisses: state[FIRST_MISSES]!, walks: state[WALKS]! };
  }

  /**
   * Index of the word that holds the byte at a linear address, as an Int32 (`>>> 0` makes it an index), or 0 after a fault.
   * @param access a sum of mmu/access bits
   */
  translate(va: number, access: number): number {
    const s = this.state;
    s[TRANSLATIONS]!++;
    const i = placeOf(va, access);
    return s[i] === ((va & PAGE_4K) | s[FRONT_STAMP]!) ? wordOf(va, s[i + 1]!) : this.miss(va, access);
  }

  /** The aligned 32-bit word at a linear address; 0 after a fault. An unaligned address is refused: see mmu/span. */
  load32(va: number, access: number): number {
    const s = this.state;
    const i = placeOf(va, access);
    // The two low bits of the address stay, and make an unaligned one miss.
    if (s[i] === ((va & (PAGE_4K | 3)) | s[FRONT_STAMP]!)) return this.words[wordOf(va, s[i + 1]!) >>> 0]!;
    const at = this.missAligned(va, access);
    return at === 0 ? 0 : this.words[at >>> 0]!;
  }

  /** Stores an aligned 32-bit word. @returns whether it was stored: false after a fault */
  store32(va: number, access: number, value: number): boolean {
    const s = this.state;
    const i = placeOf(va, access);
    let at = 0;
    if (s[i] === ((va & (PAGE_4K | 3)) | s[FRONT_STAMP]!)) at = wordOf(va, s[i + 1]!);
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

  /**
   * The front had nothing: TLB, then walk. What most misses need is written out here, and not in methods of the TLB: V8 stops to inline when a function
   * has grown to some size, and asks again what the state is after every call.
   */
  private miss(va: number, access: number): number {
    const s = this.state;
    if ((s[CR0]! & CR0_PG) === 0) return this.enter(va, access, this.firstWord(va >>> 12));
    const page = va >>> 12;
    const tag = (va & PAGE_4K) | s[LOCAL_STAMP]!;
    const bank = (access & FETCH) === 0 ? DATA_4K : CODE_4K;
    let at = 0;
    let i = find(s, bank, page, tag);
    if (i < 0 && s[KINDS] !== 0) i = findOther(s, bank, va);
    if (i >= 0) at = this.use(va, access, i, true);
    else {
      s[FIRST_MISSES]!++;
      i = findPage(s, tag);
      if (i < 0 && s[KINDS] !== 0) i = findOther(s, SHARED, va);
      if (i >= 0) at = this.use(va, access, this.tlb.promote(access, i), false);
    }
    if (at !== 0) return at;
    s[WALKS]!++;
    const { walker } = this;
    const fault = walker.walk(va, access);
    if (fault !== NO_FAULT && !this.walksAgain(va, access, fault)) return 0;
    const { info } = walker;
    if (walker.kind !== 0) return this.fillOther(va, access);
    const first = this.firstWord(walker.pfn);
    i = vacated(s, page);
    enterPage(s, tag, i);
    write(s, i, tag, info, first);
    i = replaced(s, bank, page);
    const old = s[i]!;
    // The front holds no local page of an older generation.
    if ((s[i + INFO]! & INFO_IN_FRONT) !== 0 && (((old ^ tag) & ~PAGE_4K) === 0 || s[KINDS] !== 0)) this.front.dropEvicted(old);
    s[FETCHED]! |= access & FETCH;
    write(s, i, tag, info, first);
    return wordOf(va, first);
  }

  /** Translates by an entry of the first level. @param again whether it was there before. @returns 0, and the page is dropped, if it needs a walk */
  private use(va: number, access: number, i: number, again: boolean): number {
    const s = this.state;
    const info = s[i + INFO]!;
    const dirty = (access & WRITE) === 0 || (info & INFO_DIRTY) !== 0;
    if (!dirty || s[ALLOWED + permission(access, info & INFO_RIGHTS)] === 0) {
      this.invalidate(ON_PAGE_FAULT, va);
      return 0;
    }
    const first = (s[i]! & TAG_2M) === 0 ? s[i + LEADS_TO]! : this.firstOf2M(va, s[i + LEADS_TO]!);
    // Only what is used again goes into the front.
    if (!again) return wordOf(va, first);
    s[i + INFO] = info | INFO_IN_FRONT;
    return this.enter(va, access, first);
  }

  /** Fills the TLB with what the walk found, if that is a global page or one of 2 MiB. */
  private fillOther(va: number, access: number): number {
    const { info, pfn, kind } = this.walker;
    const large = (kind & TAG_2M) !== 0;
    const first = large ? this.firstOf2M(va, pfn) : this.firstWord(pfn);
    this.tlb.insertOther(va, access, info, large ? pfn : first, kind);
    return wordOf(va, first);
  }

  /** After a walk that faulted: another one, if that used the PDE cache. @returns whether it does not fault */
  private walksAgain(va: number, access: number, fault: number): boolean {
    if (this.pdes.find(va) < 0) return this.raise(va, fault);
    this.pdes.drop(va);
    const now = this.walker.walk(va, access);
    return now === NO_FAULT || this.raise(va, now);
  }

  private raise(va: number, fault: number): false {
    this.fault = fault;
    if (fault === NO_MEMORY) return false;
    this.regs.cr2 = va >>> 0;
    this.invalidate(ON_PAGE_FAULT, va);
    return false;
  }

  /** Index of a frame's first word, modulo 2^32; the frame is backed if it was not. */
  private firstWord(pfn: number): number {
    let slot = findSlot(this.slots, pfn);
    if (slot < 0) slot = backFrame(this.mem, (pfn >>> 0) as Pfn);
    return (this.state[FRAME_BASE]! + (slot << 10)) | 0;
  }

  /** The same for the frame of the address in a page of 2 MiB. @param pfn the first one of the page */
  private firstOf2M(va: number, pfn: number): number {
    return this.firstWord((pfn + ((va >>> 12) & 511)) | 0);
  }

  /** From here on the front answers. @param first index of the frame's first word */
  private enter(va: number, access: number, first: number): number {
    this.front.fill(va, access, first);
    return wordOf(va, first);
  }

  /** Removes what an event removes. @param drops a sum of DROP_ bits of mmu/invalidation; @param va of DROP_PAGE and DROP_STRUCTURE */
  invalidate(drops: number, va: number): void {
    if ((drops & DROP_PAGE) !== 0) {
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
