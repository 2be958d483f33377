// SPDX-License-Identifier: GPL-2.0-only
/**
 * The TLBs of one vCPU: first level for data and for instructions, each with an array for 4 KiB and one for 2 MiB pages, and a second level for all.
 * What it holds is architecture (which translations an access may use) as well as timing (how many walks).
 *
 * A translation found by a walk enters both levels; one found in the second enters the first again; what a level gives up does not enter the other.
 * Replacement is FIFO in every set: a hit leaves no mark, so what is put in front of the TLB (mmu/front) cannot change what the TLB does.
 *
 * Most often all pages are local ones of 4 KiB. The others, of which KINDS says which may be held, are looked for where no such page is found.
 *
 * Reference: Intel SDM Vol. 3A 4.10.2 (TLBs), 4.10.2.4 (global pages). Not modelled: PCIDs, 1 GiB pages, fractured 2 MiB pages, prefetch.
 */
import { FETCH } from './access.ts';
import { find, replaced, write } from './bank.ts';
import type { Front } from './front.ts';
import { nextGeneration } from './generation.ts';
import { PAGE_2M, PAGE_4K } from './linear.ts';
import { findPage, leavePage, vacated } from './page-index.ts';
import {
  BANK_ENTRIES,
  CODE_2M,
  CODE_4K,
  DATA_2M,
  DATA_4K,
  FETCHED,
  GLOBAL_STAMP,
  INFO,
  KINDS,
  LEADS_TO,
  LOCAL_STAMP,
  PAGE_INDEX,
  PAGE_INDEX_END,
  PDES,
  SHARED,
  TAGS,
} from './state.ts';
import { INFO_IN_FRONT, TAG_2M, TAG_GENERATION, TAG_GLOBAL } from './tlb-entry.ts';

/** Bits of KINDS: which pages may be held. */
const HOLDS_GLOBAL_4K = 1 << 0;
const HOLDS_LOCAL_2M = 1 << 1;
const HOLDS_GLOBAL_2M = 1 << 2;
const HOLDS_2M = HOLDS_LOCAL_2M | HOLDS_GLOBAL_2M;

/** The bank of the first level. @param kind has TAG_2M */
const firstLevel = (access: number, kind: number): number =>
  (kind & TAG_2M) === 0 ? ((access & FETCH) === 0 ? DATA_4K : CODE_4K) : (access & FETCH) === 0 ? DATA_2M : CODE_2M;

/** The entry of a global page or one of 2 MiB, or -1. @param bank SHARED, or one of the first level for pages of 4 KiB */
export function findOther(s: Int32Array, bank: number, va: number): number {
  const i = find(s, bank, va >>> 12, (va & PAGE_4K) | s[GLOBAL_STAMP]!);
  if (i >= 0 || (s[KINDS]! & HOLDS_2M) === 0) return i;
  return find2M(s, bank === DATA_4K ? DATA_2M : bank === CODE_4K ? CODE_2M : SHARED, va);
}

function find2M(s: Int32Array, bank: number, va: number): number {
  const page = va >>> 21;
  const i = find(s, bank, page, (va & PAGE_2M) | TAG_2M | s[LOCAL_STAMP]!);
  return i >= 0 ? i : find(s, bank, page, (va & PAGE_2M) | TAG_2M | s[GLOBAL_STAMP]!);
}

export class Tlb {
  private readonly s: Int32Array;
  private readonly front: Front;

  constructor(s: Int32Array, front: Front) {
    this.s = s;
    this.front = front;
    s[LOCAL_STAMP] = 1;
    s[GLOBAL_STAMP] = TAG_GLOBAL | 1;
  }

  /** May a 2 MiB page be held? */
  get holds2M(): boolean {
    return (this.s[KINDS]! & HOLDS_2M) !== 0;
  }

  /** The entry that translates the address in the first level, or -1. */
  findFirst(va: number, access: number): number {
    return this.find((access & FETCH) === 0 ? DATA_4K : CODE_4K, va);
  }

  /** The entry in the second level, or -1. */
  findSecond(va: number): number {
    return this.find(SHARED, va);
  }

  private find(bank: number, va: number): number {
    const { s } = this;
    const i = find(s, bank, va >>> 12, (va & PAGE_4K) | s[LOCAL_STAMP]!);
    return i >= 0 || s[KINDS] === 0 ? i : findOther(s, bank, va);
  }

  /** Puts an entry of the second level into the first. @returns the one there */
  promote(access: number, i: number): number {
    const { s } = this;
    const tag = s[i]!;
    s[FETCHED]! |= access & FETCH;
    return this.put(firstLevel(access, tag), tag, s[i + INFO]!, s[i + LEADS_TO]!);
  }

  /** Puts what a walk found, which is not a local page of 4 KiB, into both levels. @param kind TAG_2M and TAG_GLOBAL */
  insertOther(va: number, access: number, info: number, leadsTo: number, kind: number): void {
    const { s } = this;
    const small = (kind & TAG_2M) === 0;
    const local = (kind & TAG_GLOBAL) === 0;
    s[KINDS]! |= small ? HOLDS_GLOBAL_4K : local ? HOLDS_LOCAL_2M : HOLDS_GLOBAL_2M;
    const tag = (va & (small ? PAGE_4K : PAGE_2M)) | kind | s[local ? LOCAL_STAMP : GLOBAL_STAMP]!;
    write(s, vacated(s, small ? va >>> 12 : va >>> 21), tag, info, leadsTo);
    this.put(firstLevel(access, kind), tag, info, leadsTo);
  }

  /** Writes the entry of a bank of the first level that is replaced now. @returns it */
  private put(bank: number, tag: number, info: number, leadsTo: number): number {
    const { s } = this;
    const page = (tag & TAG_2M) === 0 ? tag >>> 12 : tag >>> 21;
    const i = replaced(s, bank, page);
    if ((s[i + INFO]! & INFO_IN_FRONT) !== 0) this.front.dropEvicted(s[i]!);
    write(s, i, tag, info, leadsTo);
    return i;
  }

  /** Drops the translation of the page of `va`, whatever its size, global or not, from the front as well. */
  dropPage(va: number): void {
    const { s } = this;
    const tag = (va & PAGE_4K) | s[LOCAL_STAMP]!;
    this.dropFirst(find(s, DATA_4K, va >>> 12, tag), va);
    if (s[FETCHED] !== 0) this.dropFirst(find(s, CODE_4K, va >>> 12, tag), va);
    const i = findPage(s, tag);
    if (i >= 0) {
      leavePage(s, tag, i);
      s[i] = 0;
    }
    if (s[KINDS] !== 0) this.dropOther(va);
  }

  /** @param i an entry of the first level, or -1 */
  private dropFirst(i: number, va: number): void {
    const { s } = this;
    if (i < 0) return;
    if ((s[i + INFO]! & INFO_IN_FRONT) !== 0) this.front.dropPage(va);
    s[i] = 0;
  }

  private dropOther(va: number): void {
    const { s } = this;
    if (this.holds2M) this.front.dropAll();
    else this.front.dropPage(va);
    const tag = (va & PAGE_4K) | s[GLOBAL_STAMP]!;
    this.drop(find(s, DATA_4K, va >>> 12, tag));
    this.drop(find(s, CODE_4K, va >>> 12, tag));
    this.drop(find(s, SHARED, va >>> 12, tag));
    this.drop(find2M(s, DATA_2M, va));
    this.drop(find2M(s, CODE_2M, va));
    this.drop(find2M(s, SHARED, va));
  }

  /** @param i an entry, or -1 */
  private drop(i: number): void {
    if (i >= 0) this.s[i] = 0;
  }

  /** Drops every translation that is not global. */
  dropLocal(): void {
    const { s } = this;
    s[KINDS]! &= ~HOLDS_LOCAL_2M;
    s[FETCHED] = 0;
    const next = nextGeneration(s[LOCAL_STAMP]!);
    if (next === 0) {
      this.wipe(0);
      s.fill(0, PAGE_INDEX, PAGE_INDEX_END);
    }
    s[LOCAL_STAMP] = next === 0 ? 1 : next;
  }

  /** Drops the global ones. */
  dropGlobal(): void {
    const { s } = this;
    s[KINDS]! &= HOLDS_LOCAL_2M;
    const next = nextGeneration(s[GLOBAL_STAMP]! & TAG_GENERATION);
    if (next === 0) this.wipe(TAG_GLOBAL);
    s[GLOBAL_STAMP] = TAG_GLOBAL | (next === 0 ? 1 : next);
  }

  /** Forgets the local or the global pages of every generation. @param kind 0 or TAG_GLOBAL */
  private wipe(kind: number): void {
    const { s } = this;
    const end = s[PDES + BANK_ENTRIES]!; // the bank that follows the TLBs
    for (let i = TAGS; i < end; i++) if ((s[i]! & TAG_GLOBAL) === kind) s[i] = 0;
  }
}
