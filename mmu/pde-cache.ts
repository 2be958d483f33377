// SPDX-License-Identifier: GPL-2.0-only
/**
 * The paging-structure cache of one vCPU: PDEs that refer to a page table, so that a walk may start at the PTE. With PAE paging it is the only one;
 * the level above are the PDPTE registers.
 *
 *   tag      bits 31..21 of the address, bits 9..0 generation
 *   rights   of the PDE
 *   table    frame of the page table
 *   words    index of the table's first word, modulo 2^32: a frame that was backed stays where it is
 *
 * Replacement is FIFO in every set. `place` is where an entry was put last: one comparison instead of one for each way.
 *
 * Reference: Intel SDM Vol. 3A 4.10.3 (paging-structure caches), 4.10.3.1 (an entry is made only from a PDE whose A is set).
 */
import { nextGeneration } from './generation.ts';
import type { Ways } from './geometry.ts';
import { PAGE_2M } from './linear.ts';

export class PdeCache {
  readonly tag: Int32Array;
  readonly rights: Uint8Array;
  readonly table: Int32Array;
  readonly words: Int32Array;
  private readonly place = new Int16Array(1 << 11);
  private readonly turn: Uint8Array;
  private readonly mask: number;
  private readonly ways: number;
  private generation = 1;

  constructor({ sets, ways }: Ways) {
    this.tag = new Int32Array(sets * ways);
    this.rights = new Uint8Array(sets * ways);
    this.table = new Int32Array(sets * ways);
    this.words = new Int32Array(sets * ways);
    this.turn = new Uint8Array(sets);
    this.mask = sets - 1;
    this.ways = ways;
  }

  /** Index of the entry for the address, or -1. */
  find(va: number): number {
    const i = this.place[va >>> 21]!;
    return this.tag[i] === ((va & PAGE_2M) | this.generation) ? i : -1;
  }

  insert(va: number, rights: number, table: number, words: number): void {
    const set = (va >>> 21) & this.mask;
    const way = this.turn[set]!;
    this.turn[set] = way + 1 === this.ways ? 0 : way + 1;
    const i = set * this.ways + way;
    this.place[va >>> 21] = i;
    this.tag[i] = (va & PAGE_2M) | this.generation;
    this.rights[i] = rights;
    this.table[i] = table;
    this.words[i] = words;
  }

  drop(va: number): void {
    const i = this.find(va);
    if (i >= 0) this.tag[i] = 0;
  }

  dropAll(): void {
    this.generation = nextGeneration(this.generation);
    if (this.generation !== 0) return;
    this.tag.fill(0);
    this.generation = 1;
  }
}
