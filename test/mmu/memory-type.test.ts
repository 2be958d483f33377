// SPDX-License-Identifier: GPL-2.0-only
/**
 * The index into IA32_PAT: PAT, PCD and PWT of the last entry, and the types after reset (Intel SDM Vol. 3A, tables 12-11 and 12-12).
 * Time budget: 1 s.
 */
import { expect, test } from 'vitest';
import { READ } from '../../mmu/access.ts';
import { memoryType, patIndex } from '../../mmu/memory-type.ts';
import { INFO } from '../../mmu/state.ts';
import { INFO_TYPE_SHIFT } from '../../mmu/tlb-entry.ts';
import { ALL, createTables, map2M, map4K } from '../support/mmu-tables.ts';

const VA = 0x4000_0000;

test.each([
  [0, 'WB'],
  [1, 'WT'],
  [2, 'UC-'],
  [3, 'UC'],
  [4, 'WB'],
  [5, 'WT'],
  [6, 'UC-'],
  [7, 'UC'],
])('index %i is %s', (index, type) => {
  const flags = (index & 3) << 3;
  const pat = index >> 2;
  expect(memoryType(index)).toBe(type);
  expect(patIndex(flags | (pat << 7), false)).toBe(index);
  expect(patIndex(flags | (1 << 7) | (pat << 12), true)).toBe(index);
});

test('no other bit counts', () => {
  expect([patIndex(~0x98, false), patIndex(~0x1018, true)]).toEqual([0, 0]);
});

test('a translation carries the index of its last entry', () => {
  for (let index = 0; index < 8; index++) {
    const flags = ALL | BigInt((index & 3) << 3);
    const small = createTables();
    map4K(small, VA, 0x5000n, flags | BigInt((index >> 2) << 7), ALL | 0x18n);
    small.translate(VA, READ);
    const large = createTables();
    map2M(large, VA, 0x20_0000n, flags | BigInt((index >> 2) << 12));
    large.translate(VA, READ);
    for (const { tlb, state } of [small, large]) expect(state[INFO + tlb.findFirst(VA, READ)]! >> INFO_TYPE_SHIFT).toBe(index);
  }
});
