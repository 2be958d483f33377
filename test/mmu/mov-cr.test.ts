// SPDX-License-Identifier: GPL-2.0-only
/**
 * MOV to control registers: which of them load the PDPTE registers, and that a #GP(0) changes nothing (Intel SDM Vol. 3A 4.4.1).
 * Time budget: 1 s.
 */
import { describe, expect, test } from 'vitest';
import { READ, USER } from '../../mmu/access.ts';
import { CR0_CD, CR0_NW, CR0_PE, CR0_PG, CR0_WP, CR4_PAE, CR4_PGE, CR4_PSE, CR4_SMAP, CR4_SMEP, EFER_NXE } from '../../mmu/control.ts';
import type { Mmu } from '../../mmu/mmu.ts';
import { setAc, writeCr0, writeCr3, writeCr4, writeEfer } from '../../mmu/mov-cr.ts';
import { ALL, createTables, map4K, P, PDPT, walksOf } from '../support/mmu-tables.ts';
import { realAccess, writeEntry } from '../support/mmu-world.ts';

const VA = 0x0012_3000;

const flip0 = (bit: number) => (m: Mmu) => writeCr0(m, m.regs.cr0 ^ bit);
const flip4 = (bit: number) => (m: Mmu) => writeCr4(m, m.regs.cr4 ^ bit);

/** Preparation, the MOV, and whether it loads the PDPTE registers. */
const MOVS: [name: string, prepare: (m: Mmu) => unknown, mov: (m: Mmu) => unknown, loads: boolean][] = [
  ['CR3', () => {}, (m) => writeCr3(m, PDPT), true],
  ['CR0.CD, set', () => {}, flip0(CR0_CD), true],
  ['CR0.CD, cleared', flip0(CR0_CD), flip0(CR0_CD), true],
  ['CR0.NW', flip0(CR0_CD), flip0(CR0_NW), true],
  ['CR0.PG, set', flip0(CR0_PG), flip0(CR0_PG), true],
  ['CR0.PG, cleared', () => {}, flip0(CR0_PG), false],
  ['CR0.CD without paging', flip0(CR0_PG), flip0(CR0_CD), false],
  ['CR0.WP', () => {}, flip0(CR0_WP), false],
  ['CR0, unchanged', () => {}, flip0(0), false],
  ['CR4.PGE', () => {}, flip4(CR4_PGE), true],
  ['CR4.PSE', () => {}, flip4(CR4_PSE), true],
  ['CR4.SMEP, set', () => {}, flip4(CR4_SMEP), true],
  ['CR4.SMEP, cleared', flip4(CR4_SMEP), flip4(CR4_SMEP), true],
  ['CR4.SMAP', () => {}, flip4(CR4_SMAP), false],
  ['CR4, unchanged', () => {}, flip4(0), false],
  ['CR4.PGE without paging', flip0(CR0_PG), flip4(CR4_PGE), false],
  ['CR3 without paging', flip0(CR0_PG), (m) => writeCr3(m, PDPT), false],
  ['IA32_EFER', () => {}, (m) => writeEfer(m, EFER_NXE), false],
  ['EFLAGS.AC', () => {}, (m) => setAc(m, true), false],
];

/** All that a MOV may change. */
const registersOf = ({ regs }: Mmu): unknown => ({
  cr0: regs.cr0,
  cr2: regs.cr2,
  cr3: regs.cr3,
  cr4: regs.cr4,
  efer: regs.efer,
  ac: regs.ac,
  reservedHigh: regs.reservedHigh,
  reported: regs.reported,
  pdptes: [...regs.pdptes],
  allowed: [...regs.allowed],
});

describe('a MOV to', () => {
  test.each(MOVS)('%s loads the PDPTE registers or leaves them', (_, prepare, mov, loads) => {
    const mmu = createTables();
    prepare(mmu);
    writeEntry(mmu.mem, BigInt(PDPT) + 8n, 0x9_0000_0000n | P);
    const old = mmu.regs.pdptes[3];
    mov(mmu);
    expect([mmu.regs.pdptes[2], mmu.regs.pdptes[3]]).toEqual(loads ? [1, 9] : [0x3001, old]);
  });

  test.each(MOVS.filter(([, , , loads]) => loads))('%s raises #GP(0) for a wrong PDPTE, and changes nothing', (_, prepare, mov) => {
    const mmu = createTables();
    map4K(mmu, VA, 0x5000n);
    prepare(mmu);
    mmu.translate(VA, READ);
    writeEntry(mmu.mem, BigInt(PDPT) + 24n, 0x20n | P);
    const old = registersOf(mmu);
    expect(mov(mmu)).toBe(false);
    expect(registersOf(mmu)).toEqual(old);
    expect(mmu.takeFault()).toBe(-1); // a #GP is not a page fault
    expect(walksOf(mmu, () => mmu.translate(VA, READ))).toBe(0);
  });
});

describe('#GP(0) is raised, and nothing changes, for', () => {
  test.each([
    ['paging without protection', CR0_PG],
    ['NW without CD', CR0_PE | CR0_PG | CR0_NW],
  ])('%s', (_, value) => {
    const mmu = createTables();
    const old = registersOf(mmu);
    expect(writeCr0(mmu, value)).toBe(false);
    expect(registersOf(mmu)).toEqual(old);
  });
});

test('CR4.PAE = 0 is refused in words', () => {
  expect(() => writeCr4(createTables(), CR4_PGE)).toThrow(new RangeError('CR4.PAE = 0 is not modelled'));
});

test('CR3 keeps its low bits, which do not count, and may point at memory that was never touched', () => {
  const mmu = createTables();
  map4K(mmu, VA, 0x5000n);
  expect(writeCr3(mmu, PDPT | 0x1f)).toBe(true);
  expect([mmu.regs.cr3, realAccess(mmu, VA, READ)]).toEqual([PDPT | 0x1f, '0x5000']);
  expect(writeCr3(mmu, 0xfeed_0000)).toBe(true);
  expect([mmu.regs.cr3, [...mmu.regs.pdptes]]).toEqual([0xfeed_0000 | 0, [0, 0, 0, 0, 0, 0, 0, 0]]);
  expect(realAccess(mmu, VA, READ)).toBe('#PF 0, CR2 0x123000');
});

test('a change of mode holds for what the TLB remembers', () => {
  const mmu = createTables();
  map4K(mmu, VA, 0x5000n);
  expect(realAccess(mmu, VA, READ)).toBe('0x5000');
  writeCr4(mmu, CR4_PAE | CR4_SMAP);
  expect(realAccess(mmu, VA, READ)).toBe('#PF 1, CR2 0x123000');
  setAc(mmu, true);
  expect(realAccess(mmu, VA, READ)).toBe('0x5000');
  setAc(mmu, false);
  expect(realAccess(mmu, VA, READ)).toBe('#PF 1, CR2 0x123000');
  expect(realAccess(mmu, VA, USER)).toBe('0x5000');
  map4K(mmu, VA, 0x5000n, ALL & ~2n);
  mmu.invlpg(VA);
  expect(realAccess(mmu, VA, USER)).toBe('0x5000');
});
