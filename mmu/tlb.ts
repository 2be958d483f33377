// SPDX-License-Identifier: GPL-2.0-only
/**
 * The TLBs of one vCPU: first level for data and for instructions, each with an array for 4 KiB and one for 2 MiB pages, and a second level for all.
 * What it holds is architecture (which translations an access may use) as well as timing (how many walks).
 *
 * A translation found by a walk enters both levels; one found in the second enters the first again; what a level gives up does not enter the other.
 * Replacement is FIFO in every set: a hit leaves no mark, so what is put in front of the TLB (mmu/front) cannot change what the TLB does.
 *
 * Reference: Intel SDM Vol. 3A 4.10.2 (TLBs), 4.10.2.4 (global pages). Not modelled: PCIDs, 1 GiB pages, fractured 2 MiB pages, prefetch.
 */
import { FETCH } from './access.ts';
import { Bank } from './bank.ts';
import { nextGeneration } from './generation.ts';
import type { TlbGeometry, Ways } from './geometry.ts';
import { PAGE_2M, PAGE_4K } from './linear.ts';
import { INFO_IN_FRONT, TAG_2M, TAG_GENERATION, TAG_GLOBAL } from './tlb-entry.ts';

export { INFO_DIRTY, INFO_RIGHTS, INFO_TYPE_SHIFT, TAG_2M, TAG_GLOBAL } from './tlb-entry.ts';

export class Tlb {
  readonly tag: Int32Array;
  readonly info: Int32Array;
  readonly pfn: Int32Array;
  private readonly data4K: Bank;
  private readonly data2M: Bank;
  private readonly code4K: Bank;
  private readonly code2M: Bank;
  private readonly shared4K: Bank;
  private readonly shared2M: Bank;
  private generation = 1;
  private globalGeneration = 1;
  /** Whether 2 MiB pages may be held, not global and global ones: most often none is, and a look-up is saved. */
  private local2M = false;
  private global2M = false;
  /** Tag that the last `insert` or `promote` pushed out of the first level, if the front may hold it; or 0. */
  evicted = 0;

  constructor(geometry: TlbGeometry) {
    const { data4K, data2M, code4K, code2M, shared } = geometry;
    let first = 1; // entry 0 stays empty
    const bank = (shift: number, ways: Ways): Bank => {
      const b = new Bank(shift, ways, first);
      first = b.end;
      return b;
    };
    this.data4K = bank(12, data4K);
    this.data2M = bank(21, data2M);
    this.code4K = bank(12, code4K);
    this.code2M = bank(21, code2M);
    this.shared4K = bank(12, shared);
    this.shared2M = new Bank(21, shared, this.shared4K.first, this.shared4K.next);
    this.tag = new Int32Array(first);
    this.info = new Int32Array(first);
    this.pfn = new Int32Array(first);
  }

  /** May a 2 MiB page be held? */
  get holds2M(): boolean {
    return this.local2M || this.global2M;
  }

  /** Index of the entry that translates the address in the first level, or -1. */
  findFirst(va: number, access: number): number {
    const code = (access & FETCH) !== 0;
    const i = this.find(code ? this.code4K : this.data4K, va & PAGE_4K);
    return i >= 0 || !this.holds2M ? i : this.find(code ? this.code2M : this.data2M, (va & PAGE_2M) | TAG_2M);
  }

  /** Index of the entry in the second level, or -1. */
  findSecond(va: number): number {
    const i = this.find(this.shared4K, va & PAGE_4K);
    return i >= 0 || !this.holds2M ? i : this.find(this.shared2M, (va & PAGE_2M) | TAG_2M);
  }

  /** @param key the page as a tag has it, of neither kind and no generation */
  private find(bank: Bank, key: number): number {
    const i = bank.index[(key >>> bank.shift) & bank.indexMask]!;
    const tag = this.tag[i]!;
    return tag === (key | this.generation) || tag === (key | TAG_GLOBAL | this.globalGeneration) ? i : -1;
  }

  /** Puts what a walk found into both levels. @param kind TAG_2M and TAG_GLOBAL. @returns index of the entry in the first */
  insert(va: number, access: number, info: number, pfn: number, kind: number): number {
    const generation = (kind & TAG_GLOBAL) === 0 ? this.generation : this.globalGeneration;
    if ((kind & TAG_2M) !== 0) return this.insert2M((va & PAGE_2M) | kind | generation, access, info, pfn);
    const tag = (va & PAGE_4K) | kind | generation;
    this.put(this.shared4K, tag, info, pfn);
    return this.put((access & FETCH) === 0 ? this.data4K : this.code4K, tag, info, pfn);
  }

  private insert2M(tag: number, access: number, info: number, pfn: number): number {
    if ((tag & TAG_GLOBAL) === 0) this.local2M = true;
    else this.global2M = true;
    this.put(this.shared2M, tag, info, pfn);
    return this.put((access & FETCH) === 0 ? this.data2M : this.code2M, tag, info, pfn);
  }

  /** Puts an entry of the second level into the first. @returns its index there */
  promote(access: number, i: number): number {
    const tag = this.tag[i]!;
    const code = (access & FETCH) !== 0;
    const bank = (tag & TAG_2M) === 0 ? (code ? this.code4K : this.data4K) : code ? this.code2M : this.data2M;
    return this.put(bank, tag, this.info[i]!, this.pfn[i]!);
  }

  private put(bank: Bank, tag: number, info: number, pfn: number): number {
    const { next, index, shift, sets, indexMask } = bank;
    const page = tag >>> shift;
    const set = page & (sets - 1);
    const i = next[set]!;
    next[set] = i + sets < bank.end ? i + sets : bank.first + set;
    this.evicted = (this.info[i]! & INFO_IN_FRONT) === 0 ? 0 : this.tag[i]!;
    this.tag[i] = tag;
    this.info[i] = info;
    this.pfn[i] = pfn;
    const place = page & indexMask;
    const differs = (this.tag[index[place]!]! ^ tag) >>> shift;
    if ((differs & indexMask) === 0 && differs !== 0) this.makeRoom(bank, page, i);
    else index[place] = i;
    return i;
  }

  /** The new entry of a page may hide another one in the index. */
  private makeRoom(bank: Bank, page: number, i: number): void {
    const hidden = this.tag[bank.index[page & bank.indexMask]!]!;
    if (this.isOf(bank, hidden)) {
      bank.separate(page, hidden >>> bank.shift);
      for (let k = bank.first; k < bank.end; k++) {
        const tag = this.tag[k]!;
        if (this.isOf(bank, tag)) bank.index[(tag >>> bank.shift) & bank.indexMask] = k;
      }
    }
    bank.index[page & bank.indexMask] = i;
  }

  /** Is the tag valid, and of a page of the size that the bank is for? */
  private isOf(bank: Bank, tag: number): boolean {
    return this.isValid(tag) && ((tag & TAG_2M) !== 0) === (bank.shift === 21);
  }

  private isValid(tag: number): boolean {
    return (tag & TAG_GENERATION) === ((tag & TAG_GLOBAL) === 0 ? this.generation : this.globalGeneration);
  }

  /** Drops the translation of the page of `va`, whatever its size, global or not. */
  dropPage(va: number): void {
    this.dropFrom(this.data4K, va & PAGE_4K);
    this.dropFrom(this.code4K, va & PAGE_4K);
    this.dropFrom(this.shared4K, va & PAGE_4K);
    if (!this.holds2M) return;
    const key = (va & PAGE_2M) | TAG_2M;
    this.dropFrom(this.data2M, key);
    this.dropFrom(this.code2M, key);
    this.dropFrom(this.shared2M, key);
  }

  private dropFrom(bank: Bank, key: number): void {
    const i = this.find(bank, key);
    if (i >= 0) this.tag[i] = 0;
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

  /** A generation that has run out is 0: no tag is of that one. */
  private wipe(): void {
    const { tag } = this;
    for (let i = 0; i < tag.length; i++) if (!this.isValid(tag[i]!)) tag[i] = 0;
    this.generation ||= 1;
    this.globalGeneration ||= 1;
  }
}
