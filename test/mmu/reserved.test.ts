// SPDX-License-Identifier: GPL-2.0-only
/**
 * Reserved bits: each bit of each kind of entry alone, for every MAXPHYADDR, with NXE and without, through a walk or a MOV CR3.
 * Time budget: 3 s.
 */
import { describe, expect, test } from 'vitest';
import { READ } from '../../mmu/access.ts';
import { EFER_NXE } from '../../mmu/control.ts';
import { SKYLAKE } from '../../mmu/geometry.ts';
import type { Mmu } from '../../mmu/mmu.ts';
import { writeEfer } from '../../mmu/mov-cr.ts';
import { backFrame, createSparseMem } from '../../mmu/phys-mem.ts';
import { Registers } from '../../mmu/registers.ts';
import { reservedHigh, reservedHighPdpte } from '../../mmu/reserved.ts';
import type { Pfn } from '../../mmu/types.ts';
import { ALL, createTables, movCr3, P, PDPT, PS, pdeAt, pteAt } from '../support/mmu-tables.ts';
import { writeEntry } from '../support/mmu-world.ts';

/** One memory for all, which has seen the last frame: to find room for that takes longer than to clear it. */
const mem = createSparseMem(new Int32Array(1 << 18));
backFrame(mem, 0xffff_ffff as Pfn);

const WIDTHS = Array.from({ length: 17 }, (_, i) => 36 + i);
const VA = 0x8040_3000;
/** A page table, and pages, for the entries that are all right. */
const TABLE = 0x10_0000n;

const range = (low: number, high: number): number[] => Array.from({ length: Math.max(0, high - low + 1) }, (_, i) => low + i);

/** Bits of 63:0, but P and PS, that make the access fault with RSVD, or the MOV CR3 with #GP. */
const setBits = (wrong: (bit: bigint) => boolean): number[] => range(1, 63).filter((i) => i !== 7 && wrong(1n << BigInt(i)));

/** Error code of a read, once the TLB is empty. */
function read(mmu: Mmu): number {
  movCr3(mmu);
  mmu.translate(VA, READ);
  return mmu.takeFault();
}

/** Does the entry at `at` fault with RSVD? */
const reserved = (mmu: Mmu, at: bigint, e: bigint): boolean => {
  writeEntry(mmu.mem, at, e);
  return read(mmu) === 9;
};

describe.each([false, true])('with NXE %s, reserved is', (nxe) => {
  function create(M: number): Mmu {
    const mmu = createTables(SKYLAKE, M, mem);
    if (nxe) writeEfer(mmu, EFER_NXE);
    writeEntry(mmu.mem, pdeAt(VA), TABLE | ALL);
    return mmu;
  }
  const xd = nxe ? [] : [63];

  test('in a PTE, 62:M and without NXE 63', () => {
    for (const M of WIDTHS) {
      const mmu = create(M);
      const at = TABLE + (pteAt(VA) & 4095n);
      expect([M, setBits((bit) => reserved(mmu, at, ALL | bit))]).toEqual([M, [...range(M, 62), ...xd]]);
      expect(reserved(mmu, at, ALL | PS)).toBe(false); // PAT
    }
  });

  test('in a PDE that refers to a table, the same', () => {
    for (const M of WIDTHS) {
      const mmu = create(M);
      expect([M, setBits((bit) => reserved(mmu, pdeAt(VA), TABLE | ALL | bit))]).toEqual([M, [...range(M, 62), ...xd]]);
    }
  });

  test('in a PDE that maps 2 MiB, also 20:13', () => {
    for (const M of WIDTHS) {
      const mmu = create(M);
      const wrong = setBits((bit) => reserved(mmu, pdeAt(VA), ALL | PS | bit));
      expect([M, wrong]).toEqual([M, [...range(13, 20), ...range(M, 62), ...xd]]);
    }
  });

  test('in a PDPTE, 2:1, 8:5 and 63:M', () => {
    for (const M of WIDTHS) {
      const mmu = create(M);
      const wrong = range(1, 63).filter((i) => {
        writeEntry(mmu.mem, BigInt(PDPT), P | (1n << BigInt(i)));
        return !movCr3(mmu);
      });
      expect([M, wrong]).toEqual([M, [1, 2, 5, 6, 7, 8, ...range(M, 63)]]);
    }
  });
});

test('nothing is reserved in an entry that is not present', () => {
  const mmu = createTables(SKYLAKE, 36, mem);
  const e = (1n << 64n) - 2n;
  writeEntry(mmu.mem, pdeAt(VA), e);
  expect(read(mmu)).toBe(0);
  writeEntry(mmu.mem, pdeAt(VA), TABLE | ALL);
  writeEntry(mmu.mem, TABLE + (pteAt(VA) & 4095n), e);
  expect(read(mmu)).toBe(0);
  writeEntry(mmu.mem, BigInt(PDPT), e);
  expect(movCr3(mmu)).toBe(true);
});

test('the masks are words with their sign', () => {
  expect(reservedHigh(36, 0)).toBe(0xfffffff0 | 0);
  expect(reservedHigh(52, EFER_NXE)).toBe(0x7ff00000);
  expect(reservedHighPdpte(52)).toBe(0xfff00000 | 0);
});

test('a MAXPHYADDR outside 36 to 52 is refused', () => {
  expect(() => new Registers(35)).toThrow('MAXPHYADDR 35 is not 36 to 52');
  expect(() => new Registers(53)).toThrow('MAXPHYADDR 53 is not 36 to 52');
  expect(() => new Registers(Number.NaN)).toThrow('MAXPHYADDR NaN is not 36 to 52');
});
