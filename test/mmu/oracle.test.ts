// SPDX-License-Identifier: GPL-2.0-only
/**
 * The MMU agrees with a walker written from the manual (test/support/slow-walker): on 10^5 random accesses at least, a case being one access whose
 * outcome, and the entries it leaves, are compared. Every way in which an access can end is among them.
 * Time budget: 15 s.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CR0_WP, CR4_SMAP, CR4_SMEP, EFER_NXE } from '../../mmu/control.ts';
import { DROP_GLOBAL, DROP_PAGE } from '../../mmu/invalidation.ts';
import type { Mmu } from '../../mmu/mmu.ts';
import { forgetsLess } from '../support/mmu-mutants.ts';
import { histories, Tally } from '../support/mmu-oracle.ts';
import { createWorldMemory } from '../support/mmu-world.ts';
import { BITS } from '../support/slow-walker.ts';

const mem = createWorldMemory();

/** Error codes that PAE paging can give: no RSVD without P, and no fetch that writes. */
const ERROR_CODES = [
  [0, 2, 4, 6, 16, 20],
  [1, 3, 5, 7, 17, 21],
  [9, 11, 13, 15, 25, 29],
].flatMap((codes) => codes.map((code) => `#PF ${code}`));
const STOPS = [
  ...['pdpte absent', 'pde absent', 'pte absent', '4K rights', '2M rights'],
  ...['pde reserved high', 'pde reserved XD', 'pte reserved high', 'pte reserved XD'],
  ...['2M reserved high', '2M reserved XD', '2M reserved low', 'no memory'],
];
const SUCCESSES = ['4K', '2M', 'global', 'above 4 GiB', 'no paging'];
const MOVS = ['MOV CR3', ...BITS.map((bit) => `change ${bit}`)];
const GENERAL_PROTECTION = ['CR3', 'PG', 'CD', 'NW', 'PGE', 'PSE', 'SMEP'].map((what) => `#GP ${what}`);
const WIDTHS = Array.from({ length: 17 }, (_, i) => `M ${36 + i}`);

test('the MMU and the slow walker agree on 10^5 accesses, which end in every way there is', () => {
  const tally = new Tally();
  fc.assert(histories(mem, tally), { numRuns: 3000, seed: 1 });
  expect(tally.count('cases')).toBeGreaterThan(100_000);
  const expected = [...ERROR_CODES, ...STOPS, ...SUCCESSES, ...MOVS, ...GENERAL_PROTECTION, ...WIDTHS, 'cases'];
  expect([...tally.ways.keys()].sort()).toEqual(expected.sort());
});

/** The mode takes a control bit for another value than it has. */
function mistakes(mmu: Mmu, register: 'cr0' | 'cr4' | 'efer', bit: number, set: boolean): void {
  const { regs } = mmu;
  const modeChanged = regs.modeChanged.bind(regs);
  regs.modeChanged = () => {
    const value = regs[register];
    regs[register] = set ? value | bit : value & ~bit;
    modeChanged();
    regs[register] = value;
  };
  regs.modeChanged();
}

function hasAddressBitTooMany({ regs }: Mmu): void {
  const modeChanged = regs.modeChanged.bind(regs);
  regs.modeChanged = () => {
    modeChanged();
    regs.reservedHigh &= ~(1 << (regs.maxphyaddr - 32));
  };
  regs.modeChanged();
}

function alwaysReportsAFetch({ regs }: Mmu): void {
  const modeChanged = regs.modeChanged.bind(regs);
  regs.modeChanged = () => {
    modeChanged();
    regs.reported = 22;
  };
  regs.modeChanged();
}

const BROKEN: [what: string, broken: (mmu: Mmu) => void][] = [
  ['ignores WP', (m) => mistakes(m, 'cr0', CR0_WP, false)],
  ['ignores SMEP', (m) => mistakes(m, 'cr4', CR4_SMEP, false)],
  ['ignores SMAP', (m) => mistakes(m, 'cr4', CR4_SMAP, false)],
  ['ignores NXE', (m) => mistakes(m, 'efer', EFER_NXE, false)],
  ['always has NXE', (m) => mistakes(m, 'efer', EFER_NXE, true)],
  ['ignores AC', (m) => Object.defineProperty(m.regs, 'ac', { get: () => false, set: () => {} })],
  ['has an address bit too many', hasAddressBitTooMany],
  ['always reports a fetch', alwaysReportsAFetch],
  ['sets no A and D', (m) => void (m.walker.marking = false)],
  ['leaves CR2 alone', (m) => Object.defineProperty(m.regs, 'cr2', { get: () => 0, set: () => {} })],
  ['drops nothing on INVLPG', (m) => void (m.invlpg = () => {})],
  ['keeps pages', (m) => forgetsLess(m, DROP_PAGE)],
  ['keeps global translations', (m) => forgetsLess(m, DROP_GLOBAL)],
];

describe('an MMU is found out that', () => {
  test.each(BROKEN)('%s', (_, broken) => {
    expect(fc.check(histories(mem, new Tally(), broken), { numRuns: 200, seed: 1, endOnFailure: true }).failed).toBe(true);
  });
});
