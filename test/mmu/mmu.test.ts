// SPDX-License-Identifier: GPL-2.0-only
/**
 * The MMU as its users see it: words, faults, counters, memory without paging and where there is none, and a directory that maps itself.
 * Time budget: 1 s.
 */
import { describe, expect, test } from 'vitest';
import { accessText, FETCH, IMPLICIT, READ, USER, WRITE } from '../../mmu/access.ts';
import { CR0_PG } from '../../mmu/control.ts';
import { errorCodeText, NO_FAULT, NO_MEMORY } from '../../mmu/fault.ts';
import { SKYLAKE } from '../../mmu/geometry.ts';
import { writeCr0 } from '../../mmu/mov-cr.ts';
import { createSparseMem, frameOfSlot, slotOf } from '../../mmu/phys-mem.ts';
import { TRANSLATIONS } from '../../mmu/state.ts';
import type { Pfn } from '../../mmu/types.ts';
import { room } from '../../src/host/room.ts';
import { A, ALL, createTables, D, map2M, map4K, movCr3, P, PDPT, PS, pdeAt, pdeOf, pteAt, pteOf, walksOf } from '../support/mmu-tables.ts';
import { readEntry, realAccess, writeEntry } from '../support/mmu-world.ts';

const VA = 0x0012_3000;

describe('words', () => {
  test('that are stored are loaded, by any address of the page and no other', () => {
    const mmu = createTables();
    map4K(mmu, VA, 0x5000n);
    map4K(mmu, VA + 0x1000, 0x5000n);
    map4K(mmu, VA + 0x2000, 0x1_0000_5000n); // 4 GiB higher
    expect(mmu.store32(VA + 0xffc, WRITE, -5)).toBe(true);
    expect([0, 0x1000, 0x2000].map((offset) => mmu.load32(VA + 0xffc + offset, READ))).toEqual([-5, -5, 0]);
    expect([0, 0x1000, 0x2000].map((offset) => mmu.load32(VA + 0xff8 + offset, READ))).toEqual([0, 0, 0]);
  });

  test('that cannot be reached are 0, and not stored', () => {
    const mmu = createTables();
    map4K(mmu, VA, 0x5000n, P);
    expect(mmu.load32(VA, USER)).toBe(0);
    expect([mmu.takeFault(), mmu.takeFault()]).toEqual([5, NO_FAULT]);
    expect(mmu.store32(VA, WRITE, 7)).toBe(false);
    expect([mmu.takeFault(), mmu.regs.cr2]).toEqual([3, VA]);
    expect(mmu.load32(VA, READ)).toBe(0);
    expect(mmu.fault).toBe(NO_FAULT);
  });

  test('that are not aligned are refused, hit or miss', () => {
    const mmu = createTables();
    map2M(mmu, 0xffe0_0000, 0n, ALL | PS | D);
    for (let n = 0; n < 2; n++) {
      for (const low of [1, 2, 3]) {
        expect(() => mmu.load32(0xffff_fff0 + low, READ)).toThrow(`linear address 0xfffffff${low} is not aligned to 4 bytes`);
        expect(() => mmu.store32(0xffff_fff0 + low, WRITE, 1)).toThrow(`linear address 0xfffffff${low} is not aligned to 4 bytes`);
      }
      mmu.load32(0xffff_fff0, READ);
      mmu.store32(0xffff_fff0, WRITE, 1);
    }
  });
});

test('words are reached however far up in the array they lie', () => {
  // Frames from word 2^31 on: their indices are no Int32. Nothing is committed but what is touched.
  const mmu = createTables(SKYLAKE, 40, createSparseMem(room(), 2 ** 31));
  map4K(mmu, VA, 0x12_3456_7000n);
  expect(mmu.mem.frameBase).toBeGreaterThan(2 ** 31);
  expect(realAccess(mmu, VA + 0xff8, READ)).toBe('0x1234567ff8');
  for (const value of [5, -6]) {
    expect(mmu.store32(VA + 0xff8, WRITE, value)).toBe(true);
    expect([mmu.load32(VA + 0xff8, READ), mmu.load32(VA + 0xff8, USER)]).toEqual([value, value]);
  }
  expect(mmu.mem.words[frameOfSlot(mmu.mem, slotOf(mmu.mem, 0x1234567 as Pfn)) + 0x3fe]).toBe(-6);
});

describe('A and D', () => {
  test('are set by the first access that needs them, and by no fault', () => {
    const mmu = createTables();
    map4K(mmu, VA, 0x5000n, P);
    realAccess(mmu, VA, WRITE);
    expect([pdeOf(mmu, VA) & (A | D), pteOf(mmu, VA) & (A | D)]).toEqual([0n, 0n]);
    map4K(mmu, VA, 0x5000n);
    realAccess(mmu, VA, READ);
    expect([pdeOf(mmu, VA) & (A | D), pteOf(mmu, VA) & (A | D)]).toEqual([A, A]);
    expect(walksOf(mmu, () => mmu.translate(VA, WRITE))).toBe(1);
    expect([pdeOf(mmu, VA) & (A | D), pteOf(mmu, VA) & (A | D)]).toEqual([A, A | D]);
    expect(walksOf(mmu, () => mmu.translate(VA, WRITE))).toBe(0);
  });

  test('of a directory that maps itself are bits of one entry', () => {
    const mmu = createTables();
    // The last PDE of the first directory refers to that directory: the PDE of 0x3fe00000 is its PTE as well, for the last page.
    const va = 0x3fff_f000;
    const directory = pdeAt(0);
    writeEntry(mmu.mem, pdeAt(va), directory | ALL);
    expect(realAccess(mmu, va, WRITE)).toBe(`0x${directory.toString(16)}`);
    expect(readEntry(mmu.mem, pdeAt(va))).toBe(directory | ALL | A | D);
  });
});

describe('physical addresses from 2^44 on hold nothing', () => {
  const BEYOND = 1n << 44n;
  const cases: [where: string, lay: (mmu: ReturnType<typeof createTables>) => void][] = [
    ['a page', (m) => map4K(m, VA, BEYOND)],
    ['a page of 2 MiB', (m) => map2M(m, VA, BEYOND)],
    ['a page table', (m) => writeEntry(m.mem, pdeAt(VA), BEYOND | ALL)],
    ['a page directory', (m) => writeEntry(m.mem, BigInt(PDPT), BEYOND | P)],
  ];

  test.each(cases)('%s', (_, lay) => {
    const mmu = createTables(undefined, 52);
    lay(mmu);
    movCr3(mmu);
    const before = [pdeOf(mmu, VA), pteOf(mmu, VA)];
    expect(mmu.translate(VA, WRITE)).toBe(0);
    expect([mmu.takeFault(), mmu.regs.cr2]).toEqual([NO_MEMORY, 0]);
    expect([pdeOf(mmu, VA), pteOf(mmu, VA)]).toEqual(before);
  });

  test('and a page there that may not be accessed faults first', () => {
    const mmu = createTables(undefined, 52);
    map4K(mmu, VA, BEYOND, P);
    expect(realAccess(mmu, VA, USER)).toBe('#PF 5, CR2 0x123000');
  });
});

test('without paging, a linear address is a physical one, and nothing is walked or remembered', () => {
  const mmu = createTables();
  map4K(mmu, VA, 0x5000n);
  realAccess(mmu, VA, READ);
  writeCr0(mmu, mmu.regs.cr0 & ~CR0_PG);
  const walks = walksOf(mmu, () => {
    for (const access of [READ, WRITE, FETCH, USER | WRITE, IMPLICIT]) expect(realAccess(mmu, VA, access)).toBe('0x123000');
    expect(realAccess(mmu, 0xffff_fffc, USER)).toBe('0xfffffffc');
  });
  expect([walks, mmu.tlb.findSecond(VA), mmu.pdes.find(VA)]).toEqual([0, -1, -1]);
  writeCr0(mmu, mmu.regs.cr0 | CR0_PG);
  expect(realAccess(mmu, VA, READ)).toBe('0x5000');
  expect(realAccess(mmu, 0xffff_fffc, USER)).toBe('#PF 4, CR2 0xfffffffc');
});

test('a frame is there from the first access on, not from the translation of another', () => {
  const mmu = createTables();
  map2M(mmu, VA, 0x1_4000_0000n);
  realAccess(mmu, VA, READ);
  expect(slotOf(mmu.mem, 0x14_0123 as Pfn)).toBeGreaterThanOrEqual(0);
  expect(slotOf(mmu.mem, 0x14_0124 as Pfn)).toBe(-1);
});

test('translations, misses of the first level and walks are counted', () => {
  const mmu = createTables();
  map4K(mmu, VA, 0x5000n);
  for (const access of [READ, READ, USER, FETCH, FETCH]) mmu.translate(VA, access);
  expect(mmu.counters).toEqual({ translations: 5, firstMisses: 2, walks: 1 });
  mmu.state[TRANSLATIONS] = 2 ** 31 - 1;
  mmu.translate(VA, READ);
  expect(mmu.counters.translations).toBe(-(2 ** 31)); // modulo 2^32
});

test('a page table that was never touched is empty', () => {
  const mmu = createTables();
  writeEntry(mmu.mem, pdeAt(VA), 0x7_7777_7000n | ALL);
  expect(realAccess(mmu, VA, WRITE)).toBe('#PF 2, CR2 0x123000');
  expect(slotOf(mmu.mem, 0x777777 as Pfn)).toBe(-1);
  expect(pteAt(VA)).toBeGreaterThan(0n);
});

test('accesses and error codes have names', () => {
  expect([READ, WRITE, FETCH, USER, USER | WRITE, USER | FETCH, IMPLICIT, IMPLICIT | WRITE].map(accessText)).toEqual([
    ...['supervisor read', 'supervisor write', 'supervisor fetch', 'user read', 'user write', 'user fetch'],
    ...['implicit supervisor read', 'implicit supervisor write'],
  ]);
  expect([0, 7, 9, 21].map(errorCodeText)).toEqual([
    'error code 0',
    'error code 7 (P W/R U/S)',
    'error code 9 (P RSVD)',
    'error code 21 (P U/S I/D)',
  ]);
});
