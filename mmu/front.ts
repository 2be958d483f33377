// SPDX-License-Identifier: GPL-2.0-only
/**
 * In front of the TLB: a direct-mapped array for each kind of access, in which one comparison answers whether the access hits, is permitted and needs
 * no A or D update, and one addition gives the word. It holds only translations that the first level of the TLB holds as well, and loses them with
 * it, so that it is no part of the model: with it or without it the TLB does the same. A page enters it at the second access: many have no other.
 *
 *   row     the access (mmu/access), which includes the privilege; place: the low 8 bits of the page number
 *   word 0  tag: bits 31..12 page, 11..2 generation, 1..0 zero: an unaligned address can be made to miss by keeping its low bits
 *   word 1  index of the frame's first word, modulo 2^32
 *
 * Reference: QEMU 7.2 accel/tcg/cputlb.c (CPUTLBEntry: a tag for each kind of access), for the idea.
 */
import { nextGeneration } from './generation.ts';
import { PAGE_4K } from './linear.ts';
import { FRONT, FRONT_END, FRONT_ROWS, FRONT_STAMP } from './state.ts';
import { TAG_2M } from './tlb-entry.ts';

/** Where in the state the place of an address in the row of an access is. */
export const placeOf = (va: number, access: number): number => FRONT + (((access << 8) | ((va >>> 12) & 255)) << 1);

export class Front {
  private readonly s: Int32Array;

  constructor(s: Int32Array) {
    this.s = s;
    s[FRONT_STAMP] = 1 << 2;
  }

  /** @param first index of the frame's first word */
  fill(va: number, access: number, first: number): void {
    const { s } = this;
    const i = placeOf(va, access);
    s[i] = (va & PAGE_4K) | s[FRONT_STAMP]!;
    s[i + 1] = first;
    s[FRONT_ROWS]! |= 1 << access;
  }

  /** Drops the page of the address from every row. */
  dropPage(va: number): void {
    const { s } = this;
    for (let rows = s[FRONT_ROWS]!; rows !== 0; rows &= rows - 1) {
      const i = placeOf(va, 31 - Math.clz32(rows & -rows));
      if ((s[i]! ^ va) >>> 12 === 0) s[i] = 0;
    }
  }

  /** Drops what the first level of the TLB gives up. @param tag the one it had there; 0 if it was dropped before */
  dropEvicted(tag: number): void {
    if (tag === 0) return;
    if ((tag & TAG_2M) !== 0) this.dropAll();
    else this.dropPage(tag);
  }

  dropAll(): void {
    const { s } = this;
    const next = nextGeneration(s[FRONT_STAMP]! >> 2);
    if (next === 0) s.fill(0, FRONT, FRONT_END);
    s[FRONT_STAMP] = (next === 0 ? 1 : next) << 2;
  }
}
