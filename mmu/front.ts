// SPDX-License-Identifier: GPL-2.0-only
/**
 * In front of the TLB: a direct-mapped array for each kind of access, in which one comparison answers whether the access hits, is permitted and needs
 * no A or D update, and one addition gives the word. It holds only translations that the first level of the TLB holds as well, and loses them with
 * it, so that it is no part of the model: with it or without it the TLB does the same. A page enters it at the second access: many have no other.
 *
 *   row     the access (mmu/access), which includes the privilege; place: the low 8 bits of the page number
 *   tag     bits 31..12 page, 11..2 generation, 1..0 zero: an unaligned address can be made to miss by keeping its low bits
 *   base    index of the frame's first word, modulo 2^32
 *
 * Reference: QEMU 7.2 accel/tcg/cputlb.c (CPUTLBEntry: a tag for each kind of access), for the idea.
 */
import { ACCESSES } from './access.ts';
import { nextGeneration } from './generation.ts';
import { PAGE_4K } from './linear.ts';

const SIZE = ACCESSES << 8;

export class Front {
  readonly tag = new Int32Array(SIZE);
  readonly base = new Int32Array(SIZE);
  /** Generation as it stands in a tag. */
  stamp = 1 << 2;
  /** Rows that have been used since the start. */
  private rows = 0;

  /** Index of the place of an address in the row of an access. */
  placeOf(va: number, access: number): number {
    return (access << 8) | ((va >>> 12) & 255);
  }

  fill(va: number, access: number, base: number): void {
    const i = this.placeOf(va, access);
    this.tag[i] = (va & PAGE_4K) | this.stamp;
    this.base[i] = base;
    this.rows |= 1 << access;
  }

  /** Drops the page of the address from every row. */
  dropPage(va: number): void {
    const { tag } = this;
    for (let rows = this.rows; rows !== 0; rows &= rows - 1) {
      const i = this.placeOf(va, 31 - Math.clz32(rows & -rows));
      if ((tag[i]! ^ va) >>> 12 === 0) tag[i] = 0;
    }
  }

  dropAll(): void {
    const next = nextGeneration(this.stamp >> 2);
    if (next === 0) this.tag.fill(0);
    this.stamp = (next || 1) << 2;
  }
}
