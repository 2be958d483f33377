// SPDX-License-Identifier: GPL-2.0-only
/**
 * The TLBs of one vCPU: first level for data and for instructions, each with an array for 4 KiB and one for 2 MiB pages, and a second level for all.
 * What it holds is architecture (which translations an access may use) as well as timing (how many walks).
 *
 *   tag    bits 31..12 page number (of a 2 MiB page: 31..21), bit 11 2 MiB, bit 10 global, bits 9..0 generation
 *   info   bits 2..0 rights, bit 3 dirty, bits 6..4 memory type index
 *   pfn    frame of the page, of a 2 MiB page the first one
 *
 * A translation found by a walk enters both levels; one found in the second enters the first again; what a level gives up does not enter the other.
 * Replacement is FIFO in every set: a hit leaves no mark, so what is put in front of the TLB (mmu/front) cannot change what the TLB does.
 *
 * Reference: Intel SDM Vol. 3A 4.10.2 (TLBs), 4.10.2.4 (global pages). Not modelled: PCIDs, 1 GiB pages, fractured 2 MiB pages, prefetch.
 */
import { FETCH } from './access.ts';
import { nextGeneration } from './generation.ts';
import type { TlbGeometry, Ways } from './geometry.ts';

export const TAG_2M = 1 << 11;
export const TAG_GLOBAL = 1 << 10;
const PAGE_4K = -1 << 12;
const PAGE_2M = -1 << 21;

export const INFO_DIRTY = 1 << 3;
export const INFO_RIGHTS = 7;
export const INFO_TYPE_SHIFT = 4;

/** One array inside the common ones. */
class Bank {
  readonly first: number;
  readonly mask: number;
  readonly ways: number;
  /** Number of its first set among all sets. */
  readonly firstSet: number;
  constructor({ sets, ways }: Ways, first: number, firstSet: number) {
    this.first = first;
    this.mask = sets - 1;
    this.ways = ways;
    this.firstSet = firstSet;
  }
}

export class Tlb {
  readonly tag: Int32Array;
  readonly info: Int32Array;
  readonly pfn: Int32Array;
  /** Way that each set replaces next. */
  private readonly turn: Uint8Array;
  private readonly data4K: Bank;
  private readonly data2M: Bank;
  private readonly code4K: Bank;
  private readonly code2M: Bank;
  private readonly shared: Bank;
  private generation = 1;
  private globalGeneration = 1;
  /** Whether 2 MiB pages may be held, not global and global ones: most often none is, and a look-up is saved. */
  private local2M = false;
  private global2M = false;
  /** Tag that the last `insert` or `promote` pushed out of the first level; 0: none that was valid. */
  evicted = 0;

  constructor(geometry: TlbGeometry) {
    const { data4K, data2M, code4K, code2M, shared } = geometry;
    let first = 0;
    let set = 0;
    const bank = (ways: Ways): Bank => {
      const b = new Bank(ways, first, set);
      first += ways.sets * ways.ways;
      set += ways.sets;
      return b;
    };
    this.data4K = bank(data4K);
    this.data2M = bank(data2M);
    this.code4K = bank(code4K);
    this.code2M = bank(code2M);
    this.shared = bank(shared);
    this.tag = new Int32Array(first);
    this.info = new Int32Array(first);
    this.pfn = new Int32Array(first);
    this.turn = new Uint8Array(set);
  }

  /** May a 2 MiB page be held? */
  get holds2M(): boolean {
    return this.local2M || this.global2M;
  }

  /** Index of the entry that translates the address in the first level, or -1. */
  findFirst(va: number, access: number): number {
    const code = (access & FETCH) !== 0;
    const i = this.find(
      code ? this.code4K : this.data4K,
      va >>> 12,
      (va & PAGE_4K) | this.generation,
      (va & PAGE_4K) | TAG_GLOBAL | this.globalGeneration,
    );
    if (i >= 0 || !this.holds2M) return i;
    const tag = (va & PAGE_2M) | TAG_2M;
    return this.find(code ? this.code2M : this.data2M, va >>> 21, tag | this.generation, tag | TAG_GLOBAL | this.globalGeneration);
  }

  /** Index of the entry in the second level, or -1. */
  findSecond(va: number): number {
    const i = this.find(this.shared, va >>> 12, (va & PAGE_4K) | this.generation, (va & PAGE_4K) | TAG_GLOBAL | this.globalGeneration);
    if (i >= 0 || !this.holds2M) return i;
    const tag = (va & PAGE_2M) | TAG_2M;
    return this.find(this.shared, va >>> 21, tag | this.generation, tag | TAG_GLOBAL | this.globalGeneration);
  }

  private find(bank: Bank, page: number, local: number, global: number): number {
    const { tag } = this;
    let i = bank.first + (page & bank.mask) * bank.ways;
    for (const end = i + bank.ways; i < end; i++) if (tag[i] === local || tag[i] === global) return i;
    return -1;
  }

  /** Puts what a walk found into both levels. @returns index of the entry in the first */
  insert(va: number, access: number, info: number, pfn: number, large: boolean, global: boolean): number {
    if (large && global) this.global2M = true;
    else if (large) this.local2M = true;
    const tag = (large ? (va & PAGE_2M) | TAG_2M : va & PAGE_4K) | (global ? TAG_GLOBAL | this.globalGeneration : this.generation);
    this.put(this.shared, va >>> (large ? 21 : 12), tag, info, pfn);
    return this.putFirst(va, access, tag, info, pfn);
  }

  /** Puts an entry of the second level into the first. @returns its index there */
  promote(va: number, access: number, i: number): number {
    return this.putFirst(va, access, this.tag[i]!, this.info[i]!, this.pfn[i]!);
  }

  private putFirst(va: number, access: number, tag: number, info: number, pfn: number): number {
    const code = (access & FETCH) !== 0;
    if ((tag & TAG_2M) !== 0) return this.put(code ? this.code2M : this.data2M, va >>> 21, tag, info, pfn);
    return this.put(code ? this.code4K : this.data4K, va >>> 12, tag, info, pfn);
  }

  private put(bank: Bank, page: number, tag: number, info: number, pfn: number): number {
    const set = page & bank.mask;
    const way = this.turn[bank.firstSet + set]!;
    this.turn[bank.firstSet + set] = way + 1 === bank.ways ? 0 : way + 1;
    const i = bank.first + set * bank.ways + way;
    this.evicted = this.tag[i]!;
    this.tag[i] = tag;
    this.info[i] = info;
    this.pfn[i] = pfn;
    return i;
  }

  /** Drops the translation of the page of `va`, whatever its size, global or not. */
  dropPage(va: number): void {
    this.dropFrom(this.data4K, va >>> 12, va & PAGE_4K);
    this.dropFrom(this.code4K, va >>> 12, va & PAGE_4K);
    this.dropFrom(this.shared, va >>> 12, va & PAGE_4K);
    if (!this.holds2M) return;
    const tag = (va & PAGE_2M) | TAG_2M;
    this.dropFrom(this.data2M, va >>> 21, tag);
    this.dropFrom(this.code2M, va >>> 21, tag);
    this.dropFrom(this.shared, va >>> 21, tag);
  }

  private dropFrom(bank: Bank, page: number, tag: number): void {
    let i = bank.first + (page & bank.mask) * bank.ways;
    for (const end = i + bank.ways; i < end; i++) if ((this.tag[i]! & (PAGE_4K | TAG_2M)) === tag) this.tag[i] = 0;
  }

  /** Drops every translation that is not global. */
  dropLocal(): void {
    this.local2M = false;
    this.generation = nextGeneration(this.generation);
    if (this.generation === 0) this.wipe();
  }

  /** Drops the global ones. */
  dropGlobal(): void {
    this.global2M = false;
    this.globalGeneration = nextGeneration(this.globalGeneration);
    if (this.globalGeneration === 0) this.wipe();
  }

  private wipe(): void {
    const { tag, generation, globalGeneration } = this;
    for (let i = 0; i < tag.length; i++) {
      const t = tag[i]!;
      // Those of the other kind stay; theirs has not run out.
      const stays =
        (t & TAG_GLOBAL) !== 0 ? globalGeneration !== 0 && (t & 1023) === globalGeneration : generation !== 0 && (t & 1023) === generation;
      if (!stays) tag[i] = 0;
    }
    this.generation ||= 1;
    this.globalGeneration ||= 1;
  }
}
