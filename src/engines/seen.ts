// SPDX-License-Identifier: GPL-2.0-only
/**
 * A set of signatures, each with the least cost at which it was met. Of bounded size: once full it takes no more, and what it does not know is
 * explored again, which costs time and loses nothing.
 *
 * Reference: Knuth, TAOCP Vol. 3, 6.4 (open addressing); Holzmann, "An analysis of bitstate hashing" (1998) for sets of hashes alone.
 */

/** Lanes of a signature: 96 bits, so that among 10^7 of them two are equal by chance with a probability below 10^-14. */
export const LANES = 3;

const FIRST = 1 << 12;
/** Slots, of 16 bytes each: 64 MiB. */
const MOST = 1 << 22;

export class Seen {
  private slots = FIRST;
  private used = 0;
  private words = new Int32Array(FIRST * (LANES + 1));
  private readonly most: number;

  /** @param most slots, a power of two */
  constructor(most = MOST) {
    this.most = most;
  }

  /** Notes it. @returns whether it was met before at this cost, or at less */
  visit(a: number, b: number, c: number, cost: number): boolean {
    let at = this.find(a, b, c);
    const known = this.words[at + LANES]!;
    if (known > 0) {
      if (known - 1 <= cost) return true;
      this.words[at + LANES] = cost + 1;
      return false;
    }
    if (this.used * 2 >= this.slots) {
      if (this.slots >= this.most) return false;
      this.grow();
      at = this.find(a, b, c);
    }
    this.used++;
    this.words.set([a, b, c, cost + 1], at);
    return false;
  }

  /** Index of its slot, or of the free one where it would be. A slot is free while its cost is 0. */
  private find(a: number, b: number, c: number): number {
    const { words } = this;
    for (let i = a >>> 0; ; i++) {
      const at = (i & (this.slots - 1)) * (LANES + 1);
      if (words[at + LANES] === 0 || (words[at] === (a | 0) && words[at + 1] === (b | 0) && words[at + 2] === (c | 0))) return at;
    }
  }

  private grow(): void {
    const old = this.words;
    this.slots *= 2;
    this.words = new Int32Array(this.slots * (LANES + 1));
    for (let i = 0; i < old.length; i += LANES + 1) {
      if (old[i + LANES] !== 0) this.words.set(old.subarray(i, i + LANES + 1), this.find(old[i]!, old[i + 1]!, old[i + 2]!));
    }
  }
}
