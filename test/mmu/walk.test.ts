// SPDX-License-Identifier: GPL-2.0-only
/**
 * The PAE walk against SDM Vol. 3A 4.4.2, 4.6 and 4.7, level by level. Time budget: 1 s.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { entryPfn, NX_HIGH, PAGE_SIZE_2M, PRESENT, pairText, pfnHigh, pfnLow, USER, WRITE } from '../../mmu/entry.ts';
import { writeWord } from '../../mmu/journal.ts';
import { backFrame, createPhysMem, frameOfSlot, type PhysMem } from '../../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../../mmu/types.ts';
import { type Access, FAULT_FETCH, FAULT_PRESENT, FAULT_RESERVED, FAULT_USER, FAULT_WRITE, walk } from '../../mmu/walk.ts';

const DIRECTORY = 0x100 as Pfn;
/** Above 4 GiB: its frame number needs the high word. */
const TABLE = 0x312345 as Pfn;
const PAGE = 0x456789 as Pfn;
const VA = 0x40201abc; // PDPTE 1, PDE 1, PTE 1
const ALL = PRESENT | WRITE | USER;

let mem: PhysMem;
const pdpte = new Int32Array(8);

function put(frame: Pfn, index: number, lo: number, hi: number): void {
  const p = frameOfSlot(mem, backFrame(mem, frame)) + index * 2;
  writeWord(mem, p as Ptr, lo | 0);
  writeWord(mem, (p + 1) as Ptr, hi | 0);
}

const user = (kind: Access['kind']): Access => ({ kind, privilege: 'user' });

beforeEach(() => {
  mem = createPhysMem(64, 8);
  pdpte.fill(0);
  pdpte[2] = pfnLow(DIRECTORY) | PRESENT;
  put(DIRECTORY, 1, pfnLow(TABLE) | ALL, pfnHigh(TABLE));
  put(TABLE, 1, pfnLow(PAGE) | ALL, pfnHigh(PAGE));
});

test('an entry keeps a frame number above 4 GiB in both halves', () => {
  expect(entryPfn(pfnLow(PAGE) | ALL, pfnHigh(PAGE))).toBe(PAGE);
  expect(pairText(0x12345067, 2)).toBe("0x2'12345067");
});

describe('a walk', () => {
  test('finds a 4 KiB page through tables above 4 GiB', () => {
    expect(walk(mem, pdpte, VA, user('write'))).toEqual({ kind: 'page', pfn: PAGE, size: '4K', level: 1 });
  });

  test('finds the frame within a 2 MiB page', () => {
    put(DIRECTORY, 1, pfnLow(0x600 as Pfn) | ALL | PAGE_SIZE_2M, 1);
    expect(walk(mem, pdpte, VA, user('read'))).toEqual({ kind: 'page', pfn: 0x100601, size: '2M', level: 2 });
  });

  test('reads the PDPTE register that bits 31 and 30 name, and no other', () => {
    expect(walk(mem, pdpte, VA + 0x40000000, user('read'))).toEqual({ kind: 'fault', errorCode: FAULT_USER, level: 3 });
  });

  test.each([
    ['directory', DIRECTORY, 2],
    ['table', TABLE, 1],
  ] as const)('faults on a %s entry that is not present, with P clear in the error code', (_, frame, level) => {
    put(frame, 1, 0, 0xffff);
    expect(walk(mem, pdpte, VA, user('write'))).toEqual({ kind: 'fault', errorCode: FAULT_USER | FAULT_WRITE, level });
  });

  test('needs the right at both levels', () => {
    put(DIRECTORY, 1, pfnLow(TABLE) | PRESENT | USER, pfnHigh(TABLE));
    expect(walk(mem, pdpte, VA, user('write'))).toEqual({ kind: 'fault', errorCode: FAULT_PRESENT | FAULT_WRITE | FAULT_USER, level: 1 });
    expect(walk(mem, pdpte, VA, user('read')).kind).toBe('page');
  });

  test('refuses a fetch if either level has NX', () => {
    put(DIRECTORY, 1, pfnLow(TABLE) | ALL, pfnHigh(TABLE) | NX_HIGH);
    expect(walk(mem, pdpte, VA, user('fetch'))).toEqual({ kind: 'fault', errorCode: FAULT_PRESENT | FAULT_FETCH | FAULT_USER, level: 1 });
    expect(walk(mem, pdpte, VA, user('read')).kind).toBe('page');
  });

  test('refuses frame bits above MAXPHYADDR, and bits 20 to 13 of a 2 MiB entry', () => {
    put(TABLE, 1, pfnLow(PAGE) | ALL, 1 << 4); // bit 36
    const reserved = { kind: 'fault', errorCode: FAULT_PRESENT | FAULT_RESERVED | FAULT_USER, level: 1 };
    expect(walk(mem, pdpte, VA, user('read'), 36)).toEqual(reserved);
    expect(walk(mem, pdpte, VA, user('read'), 40).kind).toBe('page');
    put(DIRECTORY, 1, 0x2000 | ALL | PAGE_SIZE_2M, 0);
    expect(walk(mem, pdpte, VA, user('read'))).toEqual({ ...reserved, level: 2 });
  });

  test('says so where a table lies in no memory at all', () => {
    put(DIRECTORY, 1, 0x7000 | ALL, 0);
    expect(walk(mem, pdpte, VA, user('read'))).toEqual({ kind: 'no-memory', pfn: 7 });
  });
});
