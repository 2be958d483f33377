// SPDX-License-Identifier: GPL-2.0-only
/**
 * The memory that the MMU's benchmarks run on: 64 GiB of frame numbers, page tables in scattered frames, and address streams, all from one seed.
 */
import { ACCESSED, DIRTY, PRESENT, pfnHigh, pfnLow, USER, WRITE } from '../../mmu/entry.ts';
import { Mmu } from '../../mmu/mmu.ts';
import { writeCr3 } from '../../mmu/mov-cr.ts';
import { backFrame, createSparseMem, frameOfSlot, type PhysMem } from '../../mmu/phys-mem.ts';
import type { Pfn } from '../../mmu/types.ts';
import { room } from '../../src/host/room.ts';

/** Frames of 64 GiB, and of 4 GiB. */
const RAM = 2 ** 24;
const LOW = 2 ** 20;
export const PAGES = 65536;
const PTES = 512;

/** Where the pages are mapped from. */
export const BASE = 0x40000000;

/** A linear congruential generator (Numerical Recipes): the same numbers for the same seed. */
export class Random {
  private x: number;
  constructor(seed: number) {
    this.x = seed | 0;
  }
  /** 0 to n - 1; n a power of two. */
  below(n: number): number {
    this.x = (Math.imul(this.x, 1664525) + 1013904223) | 0;
    return (((this.x >>> 0) / 2 ** 32) * n) | 0;
  }
}

export class World {
  readonly mem: PhysMem = createSparseMem(room());
  readonly mmu = new Mmu(this.mem);
  private readonly random: Random;
  private readonly used = new Set<number>();
  private tables = 0x1000;

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** A frame that nobody has, above 4 GiB or below. */
  frame(high: boolean): Pfn {
    for (;;) {
      const pfn = high ? LOW + this.random.below(RAM - LOW) : 0x2000 + this.random.below(LOW / 2);
      if (this.used.has(pfn)) continue;
      this.used.add(pfn);
      return pfn as Pfn;
    }
  }

  frames(n: number, high: boolean): Pfn[] {
    return Array.from({ length: n }, () => this.frame(high));
  }

  /** Index of the first word of a frame. */
  words(pfn: Pfn): number {
    return frameOfSlot(this.mem, backFrame(this.mem, pfn));
  }

  private entry(at: number, pfn: Pfn, flags: number): void {
    this.mem.words[at] = pfnLow(pfn) | flags;
    this.mem.words[at + 1] = pfnHigh(pfn);
  }

  /** Page tables that map PAGES pages from BASE on, on these frames in turn. @returns CR3 */
  map(frames: readonly Pfn[], high: boolean): number {
    const pdpt = this.tables++ as Pfn;
    const directory = this.frame(high);
    this.entry(this.words(pdpt) + (BASE >>> 30) * 2, directory, PRESENT);
    for (let t = 0; t < PAGES / PTES; t++) {
      const table = this.frame(high);
      this.entry(this.words(directory) + t * 2, table, PRESENT | WRITE | USER | ACCESSED);
      for (let i = 0; i < PTES; i++) {
        const pfn = frames[(t * PTES + i) % frames.length]!;
        this.entry(this.words(table) + i * 2, pfn, PRESENT | WRITE | USER | ACCESSED | DIRTY);
      }
    }
    return pfnLow(pdpt);
  }

  load(cr3: number): void {
    if (!writeCr3(this.mmu, cr3)) throw new Error('#GP(0) at MOV CR3');
  }

  /** Addresses of words in random pages among the first `pages`. */
  stream(length: number, pages: number): Int32Array {
    return Int32Array.from({ length }, () => BASE + this.random.below(pages) * 4096 + this.random.below(1024) * 4);
  }
}
