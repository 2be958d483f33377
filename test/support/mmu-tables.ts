// SPDX-License-Identifier: GPL-2.0-only
/** An MMU with page tables that a test lays out as it needs them: a PDPT at 0x1000, its four directories after it, page tables as they come. */
import { CR4_PGE } from '../../mmu/control.ts';
import type { TlbGeometry } from '../../mmu/geometry.ts';
import { Mmu } from '../../mmu/mmu.ts';
import { writeCr3, writeCr4 } from '../../mmu/mov-cr.ts';
import { clearFrames, createSparseMem } from '../../mmu/phys-mem.ts';
import { readEntry, writeEntry } from './mmu-world.ts';

export const PDPT = 0x1000;

export const P = 1n;
export const RW = 2n;
export const US = 4n;
export const A = 32n;
export const D = 64n;
export const PS = 128n;
export const G = 256n;
export const XD = 1n << 63n;
export const ALL = P | RW | US;

/** Where the PDE of an address lies, and the PTE: page table n serves the n-th 2 MiB. */
export const pdeAt = (va: number): bigint => 0x2000n + BigInt(va >>> 30) * 0x1000n + BigInt((va >>> 21) & 511) * 8n;
const tableOf = (va: number): bigint => 0x100_0000n + BigInt(va >>> 21) * 0x1000n;
export const pteAt = (va: number): bigint => tableOf(va) + BigInt((va >>> 12) & 511) * 8n;

/** An MMU whose directories are there, and empty. @param mem a memory to be used again: it is cleared */
export function createTables(geometry?: TlbGeometry, M = 40, mem = createSparseMem(new Int32Array(1 << 18))): Mmu {
  clearFrames(mem);
  const mmu = new Mmu(mem, M, geometry);
  for (let i = 0n; i < 4n; i++) writeEntry(mmu.mem, BigInt(PDPT) + i * 8n, (0x2000n + i * 0x1000n) | P);
  writeCr3(mmu, PDPT);
  return mmu;
}

/** Maps a 4 KiB page, and forgets nothing. */
export function map4K(mmu: Mmu, va: number, pa: bigint, flags = ALL, pdeFlags = ALL): void {
  writeEntry(mmu.mem, pdeAt(va), tableOf(va) | pdeFlags);
  writeEntry(mmu.mem, pteAt(va), pa | flags);
}

/** Maps 2 MiB, and forgets nothing. */
export function map2M(mmu: Mmu, va: number, pa: bigint, flags = ALL): void {
  writeEntry(mmu.mem, pdeAt(va), pa | flags | PS);
}

export const pdeOf = (mmu: Mmu, va: number): bigint => readEntry(mmu.mem, pdeAt(va));
export const pteOf = (mmu: Mmu, va: number): bigint => readEntry(mmu.mem, pteAt(va));

export const movCr3 = (mmu: Mmu): boolean => writeCr3(mmu, PDPT);
export const togglePge = (mmu: Mmu): boolean => writeCr4(mmu, mmu.regs.cr4 ^ CR4_PGE);

/** Walks that something costs. */
export function walksOf(mmu: Mmu, what: () => void): number {
  const before = mmu.counters.walks;
  what();
  return mmu.counters.walks - before;
}
