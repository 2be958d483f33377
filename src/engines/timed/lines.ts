// SPDX-License-Identifier: GPL-2.0-only
/**
 * Who has a copy of which word in its cache: a word that somebody else has written since must come from there. Each word counts as a line of its own,
 * since how Linux lays out its structs is not how the port does; capacity and memory do not come in.
 *
 * Reference: the MESI protocol, without the difference between E and S; Molka et al., "Cache Coherence Protocol and Memory Performance of the Intel
 * Haswell-EP Architecture" (ICPP 2015), for what a transfer costs by distance.
 */
import type { Ptr } from '../../../mmu/types.ts';

/** Nobody has to give it: the word is in the own cache. */
export const LOCAL = -1;

export class Lines {
  private readonly wide: number;
  private readonly numbers = new Map<Ptr, number>();
  /** Last writer of each line; LOCAL: nobody yet. */
  private owner = new Int32Array(1024).fill(LOCAL);
  /** Bits of the vCPUs that have a copy, `wide` words a line. */
  private copies: Int32Array;

  constructor(cpus: number) {
    this.wide = (cpus + 31) >> 5;
    this.copies = new Int32Array(1024 * this.wide);
  }

  /** @returns the vCPU that the word comes from, or LOCAL */
  read(cpu: number, p: Ptr): number {
    const line = this.numbers.get(p);
    if (line === undefined) {
      this.add(p, cpu);
      return LOCAL;
    }
    const at = line * this.wide + (cpu >> 5);
    const bit = 1 << (cpu & 31);
    if ((this.copies[at]! & bit) !== 0) return LOCAL;
    this.copies[at]! |= bit;
    return this.owner[line]!;
  }

  /** The others lose their copies. @returns as `read`; another reader where the writer itself was the last owner */
  write(cpu: number, p: Ptr): number {
    const line = this.numbers.get(p) ?? this.add(p, cpu);
    const { copies, wide } = this;
    const from = this.owner[line]!;
    let other = LOCAL;
    for (let i = 0; i < wide; i++) {
      const own = i === cpu >> 5 ? 1 << (cpu & 31) : 0;
      const bits = copies[line * wide + i]! & ~own;
      if (bits !== 0) other = i * 32 + 31 - Math.clz32(bits);
      copies[line * wide + i] = own;
    }
    this.owner[line] = cpu;
    return from === cpu || from === LOCAL ? other : from;
  }

  private add(p: Ptr, cpu: number): number {
    const line = this.numbers.size;
    this.numbers.set(p, line);
    if (line === this.owner.length) {
      const owner = new Int32Array(2 * line).fill(LOCAL);
      owner.set(this.owner);
      this.owner = owner;
      const copies = new Int32Array(2 * line * this.wide);
      copies.set(this.copies);
      this.copies = copies;
    }
    this.copies[line * this.wide + (cpu >> 5)] = 1 << (cpu & 31);
    return line;
  }
}
