// SPDX-License-Identifier: GPL-2.0-only
/**
 * The TLBs: sizes, replacement and what is dropped, against lists of names (test/support/slow-tlb), seen through the counters of the MMU.
 * Time budget: 5 s.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FETCH, READ } from '../../mmu/access.ts';
import { NO_FAULT } from '../../mmu/fault.ts';
import { SKYLAKE, type TlbGeometry } from '../../mmu/geometry.ts';
import { DROP_GLOBAL, DROP_LOCAL } from '../../mmu/invalidation.ts';
import type { Mmu } from '../../mmu/mmu.ts';
import { FRONT, TAGS } from '../../mmu/state.ts';
import { forgetsLess } from '../support/mmu-mutants.ts';
import { TINY } from '../support/mmu-oracle.ts';
import { ALL, createTables, D, G, map2M, map4K, movCr3, togglePge, walksOf } from '../support/mmu-tables.ts';
import { SlowTlb } from '../support/slow-tlb.ts';

/** The first 2 MiB of each GiB are one page, and so are the last; every other page is global. */
const isLarge = (va: number): boolean => [0, 511].includes((va >>> 21) & 511);
const isGlobal = (va: number): boolean => (((isLarge(va) ? va >>> 21 : va >>> 12) >>> 1) & 1) === 1;

/** Pages that share sets in every geometry. */
const PAGES = [0, 1, 3].flatMap((gib) =>
  [0, 1, 9, 511].flatMap((region) => [0, 1, 2, 16, 130, 256].map((page) => (gib * 2 ** 30 + region * 2 ** 21 + page * 2 ** 12) >>> 0)),
);

function createMapped(geometry: TlbGeometry): Mmu {
  const mmu = createTables(geometry);
  for (const va of PAGES) {
    const flags = ALL | D | (isGlobal(va) ? G : 0n);
    if (isLarge(va)) map2M(mmu, va, BigInt(va >>> 21) << 21n, flags);
    else map4K(mmu, va, BigInt(va) & ~4095n, flags);
  }
  togglePge(mmu);
  return mmu;
}

const ways = fc.record({ sets: fc.constantFrom(1, 2, 4, 8), ways: fc.integer({ min: 1, max: 12 }) });
const anyGeometry: fc.Arbitrary<TlbGeometry> = fc.record({
  name: fc.constant('any'),
  ...{ data4K: ways, data2M: ways, code4K: ways, code2M: ways, shared: ways, pdes: ways },
});

/** @param believed the geometry that the lists are given instead */
const geometries = (prepare: (mmu: Mmu) => void, believed: (g: TlbGeometry) => TlbGeometry) =>
  fc.property(
    fc.oneof(fc.constantFrom(SKYLAKE, TINY), anyGeometry),
    fc.array(fc.tuple(fc.nat(39), fc.nat(PAGES.length - 1)), { minLength: 1, maxLength: 400, size: 'max' }),
    (geometry, steps) => {
      const mmu = createMapped(geometry);
      prepare(mmu);
      const slow = new SlowTlb(believed(geometry));
      for (const [what, page] of steps) {
        const va = PAGES[page]!;
        if (what === 0) {
          mmu.invlpg(va);
          slow.dropPage(va);
        } else if (what === 1) {
          movCr3(mmu);
          slow.dropLocal();
        } else if (what === 2) {
          togglePge(mmu);
          togglePge(mmu);
          slow.dropAll();
        } else {
          mmu.translate(va, what < 15 ? FETCH : READ);
          slow.access(va, what < 15, isLarge(va), isGlobal(va));
        }
        if (mmu.fault !== NO_FAULT || mmu.counters.firstMisses !== slow.firstMisses || mmu.counters.walks !== slow.walks)
          throw new Error(`${JSON.stringify(mmu.counters)}, but ${slow.firstMisses} misses and ${slow.walks} walks by the lists`);
      }
    },
  );

const same = (g: TlbGeometry): TlbGeometry => g;

test('each access misses what the lists say: two levels, sets replaced in turn, pages of two sizes, code and data', () => {
  fc.assert(
    geometries(() => {}, same),
    { numRuns: 200, seed: 1 },
  );
});

describe('it is noticed', () => {
  const fails = (prepare: (mmu: Mmu) => void, believed = same): boolean =>
    fc.check(geometries(prepare, believed), { numRuns: 200, seed: 1, endOnFailure: true }).failed;

  test.each(['data4K', 'data2M', 'code4K', 'code2M', 'shared'] as const)('if %s has a way more', (bank) => {
    const wider = (g: TlbGeometry): TlbGeometry => ({ ...g, [bank]: { ...g[bank], ways: g[bank].ways + 1 } });
    expect(
      fails(
        () => {},
        (g) => (g === TINY ? wider(g) : g),
      ),
    ).toBe(true);
  });

  test('if MOV CR3 drops nothing, or global pages too', () => {
    expect(fails((m) => forgetsLess(m, DROP_LOCAL))).toBe(true);
    expect(fails((m) => forgetsLess(m, DROP_GLOBAL))).toBe(true);
  });
});

describe('what was dropped does not come back, however often all is dropped', () => {
  const LOCAL = 0x0020_0000;
  const GLOBAL = 0x0020_2000;

  /** Walks for a local and a global page that were used before `first` flushes, and again after `n`. */
  function walks(
    first: number,
    n: number,
    flush: (mmu: Mmu) => void,
    prepare: (mmu: Mmu) => void = () => {},
  ): [local: number, global: number] {
    const mmu = createMapped(SKYLAKE);
    prepare(mmu);
    for (let i = 0; i < first; i++) flush(mmu);
    mmu.translate(LOCAL, READ);
    mmu.translate(GLOBAL, READ);
    for (let i = 0; i < n; i++) flush(mmu);
    return [walksOf(mmu, () => mmu.translate(LOCAL, READ)), walksOf(mmu, () => mmu.translate(GLOBAL, READ))];
  }

  const toggleTwice = (mmu: Mmu): void => {
    togglePge(mmu);
    togglePge(mmu);
  };
  /** A count of ten bits is back where it was after 1,022 to 1,024 times. */
  const COUNTS = [1, 1022, 1023, 1024, 2046];

  test.each([0, 1, 700])('after %i flushes', (first) => {
    for (const n of COUNTS) expect([n, walks(first, n, movCr3)]).toEqual([n, [1, 0]]);
    for (const n of [1, 511, 512, 1023]) expect([n, walks(first, n, toggleTwice)]).toEqual([n, [1, 1]]);
  });

  test('and it would be noticed', () => {
    const neverWipes = (mmu: Mmu): void => {
      const tags = mmu.state.subarray(TAGS, FRONT);
      const invalidate = mmu.invalidate.bind(mmu);
      mmu.invalidate = (drops, va) => {
        const old = tags.slice();
        invalidate(drops, va);
        tags.set(old);
      };
    };
    expect(COUNTS.map((n) => walks(0, n, movCr3, neverWipes)).every(([local]) => local === 1)).toBe(false);
  });
});

test('a page of 2 MiB is one translation, for any of its 4 KiB', () => {
  const mmu = createTables();
  map2M(mmu, 0x4000_0000, 0x12_3460_0000n);
  const walks = walksOf(mmu, () => {
    for (let page = 0; page < 512; page += 7) mmu.translate(0x4000_0000 + page * 4096, READ);
  });
  expect([walks, mmu.counters.firstMisses]).toEqual([1, 1]);
  mmu.invlpg(0x401f_f000); // any address of it removes it
  expect(walksOf(mmu, () => mmu.translate(0x4000_0000, READ))).toBe(1);
});

test.each([
  ['a walk', [FETCH]],
  ['the second level', [READ, FETCH]],
])('INVLPG removes a page that the first level has for instructions from %s', (_, accesses) => {
  const mmu = createTables();
  map4K(mmu, 0x4000_0000, 0x5000n);
  for (const access of accesses) mmu.translate(0x4000_0000, access);
  mmu.invlpg(0x4000_0000);
  expect(walksOf(mmu, () => mmu.translate(0x4000_0000, FETCH))).toBe(1);
});
