// SPDX-License-Identifier: GPL-2.0-only
/**
 * Accesses of any width at any address against memory as a map of bytes, over pages whose frames are not beside each other, across 2^32, and next to
 * pages that fault. Then the same with the code broken: each is noticed.
 * Time budget: 3 s.
 */
import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { READ, WRITE } from '../../mmu/access.ts';
import { PRESENT, WRITE as WRITABLE } from '../../mmu/entry.ts';
import { NO_FAULT } from '../../mmu/fault.ts';
import { Mmu } from '../../mmu/mmu.ts';
import { writeCr3 } from '../../mmu/mov-cr.ts';
import { backFrame, createSparseMem, frameOfSlot, type PhysMem, slotOf } from '../../mmu/phys-mem.ts';
import { Span } from '../../mmu/span.ts';
import type { Pfn } from '../../mmu/types.ts';

/** Six pages in a row, around the end of the address space: frames 10 apart, backwards; the last but one is read-only, the last not present. */
const BASE = 0xffffd000;
const FRAMES = [90, 80, 70, 60, 50];
const PAGES = FRAMES.length + 1;
const READ_ONLY = 4;
const ABSENT = 5;

const frameAt = (mem: PhysMem, pfn: number): number => frameOfSlot(mem, backFrame(mem, pfn as Pfn));

function world(): { mmu: Mmu; span: Span } {
  const mem = createSparseMem(new Int32Array(64 * 1100), 2);
  // PDPT in frame 1; the first and the last directory and table in frames 2 to 5.
  mem.words.set([(2 << 12) | PRESENT, 0, 0, 0, 0, 0, (3 << 12) | PRESENT, 0], frameAt(mem, 1));
  mem.words[frameAt(mem, 2)] = (4 << 12) | PRESENT | WRITABLE;
  mem.words[frameAt(mem, 3) + 1022] = (5 << 12) | PRESENT | WRITABLE;
  for (const [page, pfn] of FRAMES.entries()) {
    const va = (BASE + page * 4096) % 2 ** 32;
    const table = frameAt(mem, va < 2 ** 31 ? 4 : 5);
    mem.words[table + ((va >>> 12) & 511) * 2] = (pfn << 12) | PRESENT | (page === READ_ONLY ? 0 : WRITABLE);
  }
  const mmu = new Mmu(mem);
  writeCr3(mmu, 1 << 12);
  return { mmu, span: new Span(mmu) };
}

/** The bytes of the six pages as the frames have them. */
function bytesOf({ mem }: Mmu): number[] {
  return FRAMES.flatMap((pfn) => {
    if (slotOf(mem, pfn as Pfn) < 0) return new Array(4096).fill(0);
    const at = frameAt(mem, pfn);
    return Array.from({ length: 4096 }, (_, i) => (mem.words[at + (i >> 2)]! >>> (8 * (i & 3))) & 255);
  });
}

interface Access {
  offset: number;
  width: 1 | 2 | 4 | 8;
  /** Null: a load. */
  value: readonly [number, number] | null;
}

const near = fc
  .tuple(fc.integer({ min: 0, max: PAGES - 1 }), fc.integer({ min: -9, max: 9 }))
  .map(([page, d]) => Math.max(0, page * 4096 + d));
const anywhere = fc.integer({ min: 0, max: PAGES * 4096 - 8 });
const access: fc.Arbitrary<Access> = fc.record({
  offset: fc.oneof(near, anywhere),
  width: fc.constantFrom(1, 2, 4, 8),
  value: fc.option(fc.tuple(fc.integer(), fc.integer())),
});

/** The low `width` bytes, lowest first. */
const split = ([low, high]: readonly [number, number], width: number): number[] =>
  [low, high].flatMap((w) => [0, 8, 16, 24].map((s) => (w >>> s) & 255)).slice(0, width);

function make(span: Span, { offset, width, value }: Access): readonly [number, number] | boolean {
  const va = (BASE + offset) % 2 ** 32;
  if (value === null) {
    if (width === 8) return span.load64(va, READ) && [span.low, span.high];
    return [span.load(va, width, READ), 0];
  }
  if (width === 8) return span.store64(va, WRITE, value[0], value[1]);
  return span.store(va, width, WRITE, value[0]);
}

function holds(): void {
  fc.assert(
    fc.property(fc.array(access, { minLength: 1, maxLength: 12 }), (accesses) => {
      const { mmu, span } = world();
      const bytes: number[] = new Array(FRAMES.length * 4096).fill(0);
      for (const a of accesses) {
        const result = make(span, a);
        const { offset, width, value } = a;
        const pages = [offset >> 12, (offset + width - 1) >> 12];
        const faulting = pages.find((page) => page >= ABSENT || (page === READ_ONLY && value !== null));
        const fault = mmu.takeFault();
        expect(fault !== NO_FAULT).toBe(faulting !== undefined);
        if (faulting !== undefined) {
          const first = faulting === pages[0] ? offset : pages[1]! * 4096;
          expect(mmu.regs.cr2).toBe((BASE + first) % 2 ** 32);
          if (value !== null || width === 8) expect(result).toBe(false);
        } else if (value === null) {
          expect(split(result as [number, number], width)).toEqual(bytes.slice(offset, offset + width));
          if (width < 4) expect((result as [number, number])[0]).toBeGreaterThanOrEqual(0);
        } else {
          expect(result).toBe(true);
          bytes.splice(offset, width, ...split(value, width));
        }
      }
      expect(bytesOf(mmu).every((b, i) => b === bytes[i])).toBe(true);
    }),
    { numRuns: 150, seed: 1, endOnFailure: true },
  );
}

test('an access reads and stores its bytes, all of them or none', holds);

test('the words of an access are told', () => {
  const { mmu, span } = world();
  expect(span.locate(BASE + 4096 - 3, 7, READ)).toBe(true);
  expect([span.first, span.second]).toEqual([frameAt(mmu.mem, 90) + 1023, frameAt(mmu.mem, 80)]);
  expect(span.locate(BASE + 4096 - 4, 4, READ)).toBe(true);
  expect([span.first, span.second]).toEqual([frameAt(mmu.mem, 90) + 1023, 0]);
});

type Parts = Record<'locate' | 'word' | 'spilled', (this: Span & Record<string, number>, ...args: number[]) => unknown>;
const parts = Span.prototype as unknown as Parts;
const locate = parts.locate;

const MUTANTS: Record<string, Partial<Parts>> = {
  'the second page is taken to follow the first in memory': {
    word(i) {
      return (this.first + i) >>> 0;
    },
  },
  'the second page is not translated': {
    locate(va) {
      return locate.call(this, va!, 1, READ) as boolean;
    },
  },
  'the higher page is translated first': {
    locate(va, width, kind) {
      const last = va! + width! - 1;
      return (last ^ va!) >>> 12 !== 0 && !locate.call(this, last & -4096, 1, kind!) ? false : locate.call(this, va!, width!, kind!);
    },
  },
  'rights of the second page do not matter': {
    locate(va, width, kind) {
      return locate.call(this, va!, 1, kind!) && locate.call(this, va!, width!, READ);
    },
  },
  'bytes that do not fit into the first word are lost': { spilled: () => 0 },
};

describe('it is noticed that', () => {
  afterEach(() => void vi.restoreAllMocks());

  test.each(Object.entries(MUTANTS))('%s', (_, broken) => {
    for (const [name, code] of Object.entries(broken)) vi.spyOn(parts, name as keyof Parts).mockImplementation(code);
    expect(holds).toThrow('Property failed');
  });
});
