// SPDX-License-Identifier: GPL-2.0-only
/**
 * Entries in words: each bit of each kind of entry has exactly one name, and reserved bits are those that the processor faults on.
 * Time budget: 1 s.
 */
import { describe, expect, test } from 'vitest';
import { EFER_NXE } from '../../mmu/control.ts';
import { bitRanges, describeEntry, entryAddress, entryFlags, type Level, reservedBits } from '../../mmu/describe.ts';
import { isBadPdpte } from '../../mmu/pdpte.ts';
import { reservedHigh } from '../../mmu/reserved.ts';

const PS = 0x80;

/** SDM tables 4-8 to 4-11 for MAXPHYADDR 40, from bit 0: F flag, R reserved, - ignored, a address; bit 63 apart. */
const TABLES: [string, Level, number, string][] = [
  ['PDPTE', 'pdpte', 1, `FRRFFRRRR---${'a'.repeat(28)}${'R'.repeat(23)}`],
  ['PDE of a table', 'pde', 1, `FFFFFF-F----${'a'.repeat(28)}${'R'.repeat(23)}`],
  ['PDE of 2 MiB', 'pde', 1 | PS, `FFFFFFFFF---F${'R'.repeat(8)}${'a'.repeat(19)}${'R'.repeat(23)}`],
  ['PTE', 'pte', 1, `FFFFFFFFF---${'a'.repeat(28)}${'R'.repeat(23)}`],
];

describe.each(TABLES)('a %s', (_, level, base, layout) => {
  test('has every bit told as what it is', () => {
    expect(layout).toHaveLength(63);
    for (const [i, kind] of [...layout].entries()) {
      if (i === 0 || (level === 'pde' && i === 7)) continue;
      const lo = i < 32 ? base | (1 << i) : base;
      const hi = i < 32 ? 0 : 1 << (i - 32);
      const flags = entryFlags(level, lo, hi, true).length - entryFlags(level, base, 0, true).length;
      expect([i, flags, reservedBits(level, lo, hi, 40, true), entryAddress(level, lo, hi, 40)]).toEqual([
        i,
        kind === 'F' ? 1 : 0,
        kind === 'R' ? `${i}` : '',
        kind === 'a' ? 2 ** i : 0,
      ]);
      expect(describeEntry(level, lo, hi, 40, true).endsWith(`; ignored bits set: ${i}`)).toBe(kind === '-');
    }
  });

  test('has XD with NXE, and bit 63 reserved without; in a PDPTE it always is', () => {
    for (const nxe of [true, false]) {
      const isFlag = nxe && level !== 'pdpte';
      expect(entryFlags(level, base, 1 << 31, nxe).includes('XD')).toBe(isFlag);
      expect(reservedBits(level, base, 1 << 31, 40, nxe)).toBe(isFlag ? '' : '63');
    }
  });
});

test('reserved bits are those of the walker and of MOV CR3', () => {
  for (let m = 36; m <= 52; m++)
    for (let bit = 0; bit < 64; bit++) {
      const lo = (bit < 32 ? 1 << bit : 0) | 1;
      const hi = bit < 32 ? 0 : 1 << (bit - 32);
      expect(reservedBits('pdpte', lo, hi, m, true) !== '').toBe(isBadPdpte(lo, hi, m));
      for (const nxe of [true, false])
        expect(reservedBits('pte', lo, hi, m, nxe) !== '').toBe((hi & reservedHigh(m, nxe ? EFER_NXE : 0)) !== 0);
    }
});

test.each<[string, Level, number, number, boolean, string]>([
  ['a page', 'pte', 0x12345767, 0x80000001, true, 'P R/W U/S A D G XD; frame 0x112345000; WB (PAT index 0); ignored bits set: 10:9'],
  [
    'reserved bits',
    'pte',
    0x12345027,
    0x800000b1,
    false,
    'P R/W U/S A; frame 0x112345000; WB (PAT index 0); reserved bits set: 63, 39, 37:36',
  ],
  ['2 MiB', 'pde', 0x402030e7, 1, false, 'P R/W U/S A D PS PAT; 2 MiB frame 0x140200000; WB (PAT index 4); reserved bits set: 13'],
  ['a table', 'pde', 0x4000003b, 0, false, 'P R/W PWT PCD A; page table 0x40000000; UC (PAT index 3)'],
  ['a directory', 'pdpte', 0x40000011, 0, false, 'P PCD; page directory 0x40000000; UC- (PAT index 2)'],
  ['what software keeps in an entry that is not present', 'pte', 0x12345678 & ~1, -1, false, 'not present'],
])('%s', (_, level, lo, hi, nxe, text) => {
  expect(describeEntry(level, lo, hi, 36, nxe)).toBe(text);
});

test('ranges of bits', () => {
  expect(bitRanges(0, 0)).toBe('');
  expect(bitRanges(-1, -1)).toBe('63:0');
  expect(bitRanges(1 << 31, 1)).toBe('32:31');
  expect(bitRanges(0b1011, 1 << 31)).toBe('63, 3, 1:0');
});
