// SPDX-License-Identifier: GPL-2.0-only
/**
 * The pages of one size in one set-associative array of the TLB: in which set each belongs, and where the entry of each lies, so that a look-up compares
 * one tag and not those of all ways. By the low bits of their numbers several pages share a place in `index`, but never two that are valid at once:
 * before that happens, the index grows.
 *
 * Reference: none; the index is a perfect hash, which at worst has a place for every page.
 */
import type { Ways } from './geometry.ts';

export class Bank {
  /** Low bits of an address that are no part of the page number: 12 or 21. */
  readonly shift: number;
  /** Its entries: `first`, which is not 0, to `end`; those of a set are `sets` apart. */
  readonly first: number;
  readonly end: number;
  readonly sets: number;
  /** Entry of each set that is replaced next. */
  readonly next: Uint16Array;
  /** Entry that each place had last, or 0. */
  index = new Uint16Array(256);
  indexMask = 255;

  /** @param next of a bank that has the same entries, for pages of the other size */
  constructor(shift: number, { sets, ways }: Ways, first: number, next: Uint16Array = new Uint16Array(sets)) {
    this.shift = shift;
    this.first = first;
    this.end = first + sets * ways;
    this.sets = sets;
    this.next = next;
    for (let set = 0; set < sets; set++) next[set] = first + set;
  }

  /** Empties the index, with as many places more as these two pages need. */
  separate(page: number, other: number): void {
    let places = this.index.length;
    while (((page ^ other) & (places - 1)) === 0) places *= 2;
    this.index = new Uint16Array(places);
    this.indexMask = places - 1;
  }
}
