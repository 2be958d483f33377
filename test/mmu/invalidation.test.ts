// SPDX-License-Identifier: GPL-2.0-only
/**
 * What each event removes, by a table from Intel SDM Vol. 3A 4.10.4.1 and 4.4.1: seen in the TLBs and the PDE cache, and in the event's own mask.
 * Time budget: 2 s.
 */
import { describe, expect, test } from 'vitest';
import { FETCH, READ, USER, WRITE } from '../../mmu/access.ts';
import { CR0_CD, CR0_NW, CR0_PG, CR0_WP, CR4_PAE, CR4_PGE, CR4_PSE, CR4_SMAP, CR4_SMEP, EFER_NXE } from '../../mmu/control.ts';
import {
  DROP_ALL,
  DROP_GLOBAL,
  DROP_LOCAL,
  DROP_PAGE,
  DROP_STRUCTURE,
  DROP_STRUCTURES,
  LOAD_PDPTES,
  onMovCr0,
  onMovCr4,
} from '../../mmu/invalidation.ts';
import type { Mmu } from '../../mmu/mmu.ts';
import { setAc, writeCr0, writeCr4, writeEfer } from '../../mmu/mov-cr.ts';
import { ALL, createTables, D, G, map2M, map4K, movCr3, P, pteAt, RW, togglePge } from '../support/mmu-tables.ts';
import { writeEntry } from '../support/mmu-world.ts';

/** Pages that are remembered: two by the same table, global ones, and ones of 2 MiB. */
const PAGES = {
  page: 0x0012_3000,
  neighbour: 0x0012_4000,
  global: 0x0012_5000,
  elsewhere: 0x4012_3000,
  large: 0x8000_0000,
  'large global': 0x8020_0000,
};
type Name = keyof typeof PAGES | 'PDE' | 'PDE elsewhere';
const NAMES = Object.keys(PAGES) as (keyof typeof PAGES)[];

function createFull(): Mmu {
  const mmu = createTables();
  togglePge(mmu);
  for (const name of NAMES) {
    const flags = (name === 'page' ? P | RW : ALL) | D | (name.includes('global') ? G : 0n);
    if (name.includes('large')) map2M(mmu, PAGES[name], 0x4000_0000n, flags);
    else map4K(mmu, PAGES[name], 0x5000n, flags);
  }
  for (const va of Object.values(PAGES)) for (const access of [READ, FETCH]) mmu.translate(va, access);
  return mmu;
}

/** What is still remembered, wherever. */
function remembered({ tlb, pdes }: Mmu): Name[] {
  const held = (va: number): boolean => tlb.findFirst(va, READ) >= 0 || tlb.findFirst(va, FETCH) >= 0 || tlb.findSecond(va) >= 0;
  const pages: Name[] = NAMES.filter((name) => held(PAGES[name]));
  if (pdes.find(PAGES.page) >= 0) pages.push('PDE');
  if (pdes.find(PAGES.elsewhere) >= 0) pages.push('PDE elsewhere');
  return pages;
}

const EVERYTHING: Name[] = [...NAMES, 'PDE', 'PDE elsewhere'];
const PDES: Name[] = ['PDE', 'PDE elsewhere'];

const EVENTS: [event: string, happens: (mmu: Mmu) => unknown, removes: Name[]][] = [
  ['INVLPG of a page', (m) => m.invlpg(PAGES.page + 0xabc), ['page', ...PDES]],
  ['INVLPG of a global page', (m) => m.invlpg(PAGES.global), ['global', ...PDES]],
  ['INVLPG in a page of 2 MiB', (m) => m.invlpg(PAGES.large + 0x1f_f123), ['large', ...PDES]],
  ['INVLPG in a global page of 2 MiB', (m) => m.invlpg(PAGES['large global'] + 0x1000), ['large global', ...PDES]],
  ['INVLPG of a page that is not mapped', (m) => m.invlpg(0xdead_0000), PDES],
  ['MOV CR3', (m) => movCr3(m), ['page', 'neighbour', 'elsewhere', 'large', ...PDES]],
  ['MOV CR4 that clears PGE', (m) => togglePge(m), EVERYTHING],
  ['MOV CR4 that sets SMEP', (m) => writeCr4(m, m.regs.cr4 | CR4_SMEP), EVERYTHING],
  ['MOV CR4 that changes SMAP', (m) => writeCr4(m, m.regs.cr4 | CR4_SMAP), []],
  ['MOV CR4 that changes nothing', (m) => writeCr4(m, m.regs.cr4), []],
  ['MOV CR0 that clears PG', (m) => writeCr0(m, m.regs.cr0 & ~CR0_PG), EVERYTHING],
  ['MOV CR0 that changes WP', (m) => writeCr0(m, m.regs.cr0 ^ CR0_WP), []],
  ['WRMSR to IA32_EFER', (m) => writeEfer(m, EFER_NXE), []],
  ['STAC', (m) => setAc(m, true), []],
  ['a page fault by rights', (m) => m.translate(PAGES.page, USER), ['page', 'PDE']],
  ['a page fault where no page is', (m) => m.translate(PAGES.page + 0x9000, READ), ['PDE']],
  ['a page fault by rights in 2 MiB', (m) => m.translate(PAGES.large, USER | WRITE), []],
];

describe('at first, all is remembered, and removed is by', () => {
  test.each(EVENTS)('%s: as the table says', (_, happens, removes) => {
    const mmu = createFull();
    expect(remembered(mmu)).toEqual(EVERYTHING);
    happens(mmu);
    expect(remembered(mmu)).toEqual(EVERYTHING.filter((name) => !removes.includes(name)));
  });
});

describe('each bit of a mask removes its part:', () => {
  const PARTS: [part: string, drops: number, removes: Name[]][] = [
    ['a page', DROP_PAGE, ['page']],
    ['what is not global', DROP_LOCAL, ['page', 'neighbour', 'elsewhere', 'large']],
    ['what is global', DROP_GLOBAL, ['global', 'large global']],
    ['the PDE cache', DROP_STRUCTURES, PDES],
    ['the PDE of an address', DROP_STRUCTURE, ['PDE']],
    ['nothing', 0, []],
  ];
  test.each(PARTS)('%s', (_, drops, removes) => {
    const mmu = createFull();
    mmu.invalidate(drops, PAGES.page);
    expect(remembered(mmu)).toEqual(EVERYTHING.filter((name) => !removes.includes(name)));
  });
});

test('a translation that does not permit the access is looked up again, and the fault is only what the tables say now', () => {
  const mmu = createFull();
  writeEntry(mmu.mem, pteAt(PAGES.page), 0x6000n | ALL);
  expect(mmu.translate(PAGES.page, USER)).not.toBe(0);
  expect(mmu.tlb.findSecond(PAGES.page)).toBeGreaterThanOrEqual(0);
});

describe('the mask of a MOV', () => {
  const LOADED_BY_CR0 = [CR0_CD, CR0_NW, CR0_PG];
  const LOADED_BY_CR4 = [CR4_PAE, CR4_PGE, CR4_PSE, CR4_SMEP];

  test.each([CR0_PG, CR0_WP, CR0_CD, CR0_NW])('of CR0, bit %i', (bit) => {
    for (const next of [CR0_PG, CR0_PG | bit, bit, 0]) {
      const mask = onMovCr0(bit, next);
      const paging = (next & CR0_PG) !== 0;
      expect((mask & LOAD_PDPTES) !== 0).toBe(paging && LOADED_BY_CR0.includes(bit));
      if (bit === CR0_PG && !paging) expect(mask & DROP_ALL).toBe(DROP_ALL);
      if (bit === CR0_WP) expect(mask).toBe(0);
    }
    expect(onMovCr0(0, CR0_PG)).toBe(0);
  });

  test.each([CR4_PAE, CR4_PGE, CR4_PSE, CR4_SMEP, CR4_SMAP])('of CR4, bit %i', (bit) => {
    for (const paging of [true, false])
      for (const next of [bit, 0]) {
        const mask = onMovCr4(bit, next, paging);
        expect((mask & LOAD_PDPTES) !== 0).toBe(paging && LOADED_BY_CR4.includes(bit));
        if (bit === CR4_PGE || bit === CR4_PAE || (bit === CR4_SMEP && next !== 0)) expect(mask & DROP_ALL).toBe(DROP_ALL);
        if (bit === CR4_SMAP) expect(mask).toBe(0);
      }
    expect(onMovCr4(0, CR4_PAE, true)).toBe(0);
  });
});
