// SPDX-License-Identifier: GPL-2.0-only
/**
 * A generator of random numbers: small, fast, and the same on every machine.
 * Reference: Marsaglia, "Xorshift RNGs" (2003); Appleby, MurmurHash3, for spreading the seed.
 */
export class Xorshift {
  private state: number;

  /** @param seed any integer */
  constructor(seed: number) {
    const a = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
    const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
    this.state = b ^ (b >>> 16) || 1; // 0 is where it would stay
  }

  /** @returns 0 to n - 1 */
  below(n: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % n;
  }
}
