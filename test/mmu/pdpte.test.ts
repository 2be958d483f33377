// SPDX-License-Identifier: GPL-2.0-only
/**
 * The PDPTE registers: all four are loaded, or none.
 * Time budget: 1 s.
 */
import { expect, test } from 'vitest';
import { isBadPdpte, loadPdptes, pdptFrame, pdptWord } from '../../mmu/pdpte.ts';

test('the table is where bits 31:5 of CR3 say', () => {
  expect([pdptFrame(0x1234_5fe7), pdptWord(0x1234_5fe7)]).toEqual([0x12345, 0x3f8]);
  expect([pdptFrame(0xffff_ffff), pdptWord(0xffff_ffff | 0)]).toEqual([0xfffff, 0x3f8]);
  expect([pdptFrame(0xffff_f01f | 0), pdptWord(0xffff_f01f)]).toEqual([0xfffff, 0]);
});

test('a wrong entry is wrong only if it is present', () => {
  for (const [lo, hi] of [
    [2, 0],
    [0x100, 0],
    [0, 0x10],
    [0, 1 << 31],
  ] as const)
    expect([isBadPdpte(lo | 1, hi, 36), isBadPdpte(lo, hi, 36)]).toEqual([true, false]);
  expect(isBadPdpte(0xffff_fe19 | 0, 15, 36)).toBe(false);
});

test('one wrong entry among four, and nothing is loaded', () => {
  for (const bad of [-1, 0, 1, 2, 3]) {
    const words = Int32Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? (i << 12) | 1 : 3));
    const old = Int32Array.from({ length: 8 }, (_, i) => i);
    const registers = old.slice();
    if (bad >= 0) words[6 + 2 * bad]! |= 0x20;
    expect(loadPdptes(registers, words, 6, 36)).toBe(bad < 0);
    expect([...registers]).toEqual([...(bad < 0 ? words.slice(6, 14) : old)]);
  }
});
