// SPDX-License-Identifier: GPL-2.0-only
/**
 * The PDE cache: sets replaced in turn, and a walk that starts at what it holds.
 * Time budget: 3 s.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { READ, USER, WRITE } from '../../mmu/access.ts';
import { createState } from '../../mmu/bank.ts';
import { SKYLAKE, type Ways } from '../../mmu/geometry.ts';
import { insertPde, PdeCache } from '../../mmu/pde-cache.ts';
import { INFO, LEADS_TO } from '../../mmu/state.ts';
import { A, ALL, createTables, map2M, map4K, movCr3, P, pdeAt, pdeOf, RW, US } from '../support/mmu-tables.ts';
import { readEntry, realAccess, writeEntry } from '../support/mmu-world.ts';

const REGIONS = [0, 1, 2, 3, 8, 9, 16, 1024, 2047];
const GEOMETRIES: Ways[] = [
  { sets: 8, ways: 4 },
  { sets: 2, ways: 1 },
  { sets: 1, ways: 3 },
];

const stateWith = (pdes: Ways) => createState({ ...SKYLAKE, pdes });

/** Against a list for each set, of regions and what was said of them. */
const asLists = (prepare: (cache: PdeCache) => void) =>
  fc.property(
    fc.constantFrom(...GEOMETRIES),
    fc.array(fc.tuple(fc.nat(9), fc.nat(REGIONS.length - 1), fc.nat(7)), { minLength: 1, maxLength: 100, size: 'max' }),
    (geometry, steps) => {
      const s = stateWith(geometry);
      const cache = new PdeCache(s);
      prepare(cache);
      const sets = Array.from({ length: geometry.sets }, () => ({ ways: Array<number>(geometry.ways).fill(-1), next: 0 }));
      const said = new Map<number, [rights: number, table: number]>();
      const held = (region: number): boolean => sets[region % geometry.sets]!.ways.includes(region);
      for (const [what, which, rights] of steps) {
        const region = REGIONS[which]!;
        const va = (region * 2 ** 21 + 0x12345) | 0;
        const set = sets[region % geometry.sets]!;
        if (what === 0) {
          cache.dropAll();
          for (const { ways } of sets) ways.fill(-1);
        } else if (what < 3) {
          cache.drop(va);
          if (held(region)) set.ways[set.ways.indexOf(region)] = -1;
        } else if (!held(region)) {
          const table = what * 0x1234_5678;
          insertPde(s, va, rights, table);
          set.ways[set.next] = region;
          set.next = (set.next + 1) % geometry.ways;
          said.set(region, [rights, table | 0]);
        }
        for (const r of REGIONS) {
          const i = cache.find((r * 2 ** 21) | 0);
          const expected = held(r) ? said.get(r)! : null;
          const found = [s[i + INFO], s[i + LEADS_TO]];
          const same = expected === null ? i < 0 : i >= 0 && found.every((value, k) => value === expected[k]);
          if (!same) throw new Error(`region ${r}: ${i < 0 ? 'nothing' : s[i + LEADS_TO]}`);
        }
      }
    },
  );

test('the cache holds what lists replaced in turn hold', () => {
  fc.assert(
    asLists(() => {}),
    { numRuns: 50, seed: 1 },
  );
});

test('it is noticed if an entry is not dropped', () => {
  expect(
    fc.check(
      asLists((cache) => void (cache.drop = () => {})),
      { numRuns: 50, seed: 1 },
    ).failed,
  ).toBe(true);
});

test('nothing comes back, however often all is dropped', () => {
  for (const first of [0, 1, 1000])
    for (const n of [1, 1022, 1023, 1024, 2046]) {
      const s = stateWith({ sets: 8, ways: 4 });
      const cache = new PdeCache(s);
      for (let i = 0; i < first; i++) cache.dropAll();
      for (const region of REGIONS) insertPde(s, region << 21, 3, 1024);
      for (let i = 0; i < n; i++) cache.dropAll();
      expect(REGIONS.filter((region) => cache.find(region << 21) >= 0)).toEqual([]);
    }
});

describe('a walk', () => {
  const VA = 0x4012_3000;
  const NEXT = 0x4012_4000;

  test('starts at a PDE that an earlier one has found, and leaves it alone', () => {
    const mmu = createTables();
    map4K(mmu, VA, 0x5000n);
    map4K(mmu, NEXT, 0x70_0000_0000n);
    mmu.translate(VA, READ);
    expect(mmu.pdes.find(NEXT)).toBeGreaterThanOrEqual(0);
    writeEntry(mmu.mem, pdeAt(VA), 0n);
    expect(realAccess(mmu, NEXT, READ)).toBe('0x7000000000');
    expect(pdeOf(mmu, VA)).toBe(0n); // no A
    movCr3(mmu);
    expect(realAccess(mmu, NEXT, READ)).toBe('#PF 0, CR2 0x40124000');
  });

  test('that fails through the cache looks at the PDE itself', () => {
    const mmu = createTables();
    map4K(mmu, VA, 0x5000n, ALL, P | RW);
    map4K(mmu, NEXT, 0x6000n, ALL, P | RW);
    mmu.translate(VA, READ);
    map4K(mmu, NEXT, 0x6000n, ALL, P | RW | US);
    expect(realAccess(mmu, NEXT, USER | WRITE)).toBe('0x6000');
  });

  test('that fails, or ends at a PDE, puts none into it', () => {
    const mmu = createTables();
    map4K(mmu, VA, 0x5000n, 0n);
    mmu.translate(VA, READ);
    expect([mmu.pdes.find(VA), pdeOf(mmu, VA) & A]).toEqual([-1, 0n]);
    map2M(mmu, VA, 0x20_0000n);
    mmu.translate(VA, READ);
    expect(mmu.pdes.find(VA)).toBe(-1);
    expect(readEntry(mmu.mem, pdeAt(VA)) & A).toBe(A);
  });
});
