// SPDX-License-Identifier: GPL-2.0-only
/**
 * Accesses of any width at any address. Every page of an access is translated, the lower one first, before anything is done: where one faults,
 * nothing was read or stored. An access lies in one page, or in the end of one and the beginning of the next.
 *
 * Bytes are put together by shifts, lowest first, so that the host's byte order does not matter; nothing is allocated.
 *
 * Reference: Intel SDM Vol. 1 4.1.1 (alignment), Vol. 3A 9.1.1 (an access that crosses a page is not atomic), 4.7 (CR2).
 * Not modelled: segment limits; linear addresses wrap at 2^32. Which of two faulting pages is reported is the processor's choice: here the lower.
 */
import type { Mmu } from './mmu.ts';
import { FRAME_WORDS } from './types.ts';

const PAGE_BYTES = FRAME_WORDS * 4;

/** The low 1, 2 or 4 bytes of a word. */
const lowBytes = (width: number): number => -1 >>> (32 - 8 * width);

export class Span {
  private readonly mmu: Mmu;
  /** Word that holds the first byte of the access located last, as Int32. */
  first = 0;
  /** Word that holds the first byte in the second page, as Int32; 0 for an access to one page. */
  second = 0;
  /** Place of `first` in its page, and of the first byte in it, in bits. */
  private offset = 0;
  private shift = 0;
  /** What the last `load64` loaded. */
  low = 0;
  high = 0;

  constructor(mmu: Mmu) {
    this.mmu = mmu;
  }

  /**
   * Translates every byte of an access, up to 4096 of them.
   * @param access a sum of mmu/access bits
   * @returns false after a fault, which is in the Mmu
   */
  locate(va: number, width: number, access: number): boolean {
    this.offset = (va >>> 2) & (FRAME_WORDS - 1);
    this.shift = (va & 3) << 3;
    this.second = 0;
    this.first = this.mmu.translate(va, access);
    if (this.first === 0) return false;
    if ((va & (PAGE_BYTES - 1)) + width <= PAGE_BYTES) return true;
    this.second = this.mmu.translate((va + width - 1) & -PAGE_BYTES, access);
    return this.second !== 0;
  }

  /** Index of the i-th word that the located access touches. */
  private word(i: number): number {
    const beyond = this.offset + i - FRAME_WORDS;
    return (beyond < 0 ? this.first + i : this.second + beyond) >>> 0;
  }

  /** The bits of `mask` that the next word holds. */
  private spilled(mask: number): number {
    return (mask >>> 1) >>> (31 - this.shift);
  }

  /** The part of the access from its byte 4 * i on, as far as `mask` goes. */
  private read(i: number, mask: number): number {
    const { words } = this.mmu.mem;
    let value = words[this.word(i)]! >>> this.shift;
    if (this.spilled(mask) !== 0) value |= words[this.word(i + 1)]! << (32 - this.shift);
    return value & mask;
  }

  private write(i: number, mask: number, value: number): void {
    this.merge(this.word(i), mask << this.shift, value << this.shift);
    const spilled = this.spilled(mask);
    if (spilled !== 0) this.merge(this.word(i + 1), spilled, value >>> (32 - this.shift));
  }

  private merge(at: number, mask: number, bits: number): void {
    const { words } = this.mmu.mem;
    words[at] = (words[at]! & ~mask) | (bits & mask);
  }

  /** 1, 2 or 4 bytes, the first two without sign; 0 after a fault. */
  load(va: number, width: 1 | 2 | 4, access: number): number {
    if (width === 4 && (va & 3) === 0) return this.mmu.load32(va, access);
    return this.locate(va, width, access) ? this.read(0, lowBytes(width)) : 0;
  }

  /** Stores the low 1, 2 or 4 bytes of a value. @returns false after a fault */
  store(va: number, width: 1 | 2 | 4, access: number, value: number): boolean {
    if (width === 4 && (va & 3) === 0) return this.mmu.store32(va, access, value);
    if (!this.locate(va, width, access)) return false;
    this.write(0, lowBytes(width), value);
    return true;
  }

  /** 8 bytes, into `low` and `high`. @returns false after a fault */
  load64(va: number, access: number): boolean {
    if (!this.locate(va, 8, access)) return false;
    this.low = this.read(0, -1);
    this.high = this.read(1, -1);
    return true;
  }

  /** @returns false after a fault */
  store64(va: number, access: number, low: number, high: number): boolean {
    if (!this.locate(va, 8, access)) return false;
    this.write(0, -1, low);
    this.write(1, -1, high);
    return true;
  }
}
