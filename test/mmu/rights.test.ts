// SPDX-License-Identifier: GPL-2.0-only
/**
 * Access rights: every access, every rights of a translation and every mode, against the conditions of Intel SDM Vol. 3A 4.6.1 in a table.
 * Time budget: 1 s.
 */
import { expect, test } from 'vitest';
import { ACCESSES, FETCH, IMPLICIT, READ, USER, WRITE } from '../../mmu/access.ts';
import { CR0_WP, CR4_SMAP, CR4_SMEP, EFER_NXE } from '../../mmu/control.ts';
import { bothRights, MAY_USER, MAY_WRITE, type Mode, NO_FETCH, permission, permissionTable, permits, rightsOf } from '../../mmu/rights.ts';

/** Of a mode: WP, SMEP, SMAP, NXE, AC are 1. */
type Condition = 'always' | 'never' | 'WP=0' | 'SMEP=0' | 'SMAP=0' | 'SMAP=0 or AC' | 'NXE=0';

/** Rights: U user or S supervisor page, W writable or R, X executable or N. The access is permitted when every condition of its kind holds. */
const TABLE: Record<string, Record<'SR' | 'SW' | 'UR' | 'UW' | 'N', Condition[]>> = {
  //                       page:  S, R/W=0            S, R/W=1         U, R/W=0                    U, R/W=1              and if XD=1
  'supervisor read': { SR: ['always'], SW: ['always'], UR: ['SMAP=0 or AC'], UW: ['SMAP=0 or AC'], N: ['always'] },
  'supervisor write': { SR: ['WP=0'], SW: ['always'], UR: ['WP=0', 'SMAP=0 or AC'], UW: ['SMAP=0 or AC'], N: ['always'] },
  'supervisor fetch': { SR: ['always'], SW: ['always'], UR: ['SMEP=0'], UW: ['SMEP=0'], N: ['NXE=0'] },
  'implicit read': { SR: ['always'], SW: ['always'], UR: ['SMAP=0'], UW: ['SMAP=0'], N: ['always'] },
  'implicit write': { SR: ['WP=0'], SW: ['always'], UR: ['WP=0', 'SMAP=0'], UW: ['SMAP=0'], N: ['always'] },
  'user read': { SR: ['never'], SW: ['never'], UR: ['always'], UW: ['always'], N: ['always'] },
  'user write': { SR: ['never'], SW: ['never'], UR: ['never'], UW: ['always'], N: ['always'] },
  'user fetch': { SR: ['never'], SW: ['never'], UR: ['always'], UW: ['always'], N: ['NXE=0'] },
};

const ACCESS: Record<string, number> = {
  'supervisor read': READ,
  'supervisor write': WRITE,
  'supervisor fetch': FETCH,
  'implicit read': IMPLICIT,
  'implicit write': IMPLICIT | WRITE,
  'user read': USER,
  'user write': USER | WRITE,
  'user fetch': USER | FETCH,
};

const MODES: Mode[] = Array.from({ length: 32 }, (_, i) => ({
  cr0: (i & 1) === 0 ? 0 : CR0_WP,
  cr4: ((i & 2) === 0 ? 0 : CR4_SMEP) | ((i & 4) === 0 ? 0 : CR4_SMAP),
  efer: (i & 8) === 0 ? 0 : EFER_NXE,
  ac: (i & 16) !== 0,
}));

function holds(condition: Condition, { cr0, cr4, efer, ac }: Mode): boolean {
  switch (condition) {
    case 'always':
      return true;
    case 'never':
      return false;
    case 'WP=0':
      return (cr0 & CR0_WP) === 0;
    case 'SMEP=0':
      return (cr4 & CR4_SMEP) === 0;
    case 'SMAP=0':
      return (cr4 & CR4_SMAP) === 0;
    case 'SMAP=0 or AC':
      return (cr4 & CR4_SMAP) === 0 || ac;
    case 'NXE=0':
      return (efer & EFER_NXE) === 0;
  }
}

function byTable(access: string, rights: number, mode: Mode): boolean {
  const page = `${(rights & MAY_USER) === 0 ? 'S' : 'U'}${(rights & MAY_WRITE) === 0 ? 'R' : 'W'}` as 'SR' | 'SW' | 'UR' | 'UW';
  const row = TABLE[access]!;
  const conditions = (rights & NO_FETCH) === 0 ? row[page] : [...row[page], ...row.N];
  return conditions.every((condition) => holds(condition, mode));
}

test('an access is permitted when the table says so, in all 2,048 cases', () => {
  const wrong: unknown[] = [];
  const permissions = new Int32Array(ACCESSES * 8);
  for (const mode of MODES) {
    permissionTable(permissions, mode);
    for (const [name, access] of Object.entries(ACCESS))
      for (let rights = 0; rights < 8; rights++) {
        const expected = byTable(name, rights, mode);
        if (permits(access, rights, mode) !== expected) wrong.push([name, rights, mode]);
        if ((permissions[permission(access, rights)] === 1) !== expected) wrong.push(['table', name, rights, mode]);
      }
  }
  expect(wrong).toEqual([]);
});

test('every mode bit decides somewhere', () => {
  const verdicts = (mode: Mode): boolean[] =>
    Object.keys(ACCESS).flatMap((name) => Array.from({ length: 8 }, (_, r) => byTable(name, r, mode)));
  const smap = MODES[4]!;
  for (const i of [1, 2, 4, 8]) expect(verdicts(MODES[i]!)).not.toEqual(verdicts(MODES[0]!));
  expect(verdicts({ ...smap, ac: true })).not.toEqual(verdicts(smap));
});

test('two levels permit what both permit, and forbid to fetch what one forbids', () => {
  for (let a = 0; a < 8; a++)
    for (let b = 0; b < 8; b++) {
      const both = bothRights(a, b);
      expect((both & MAY_WRITE) !== 0).toBe((a & MAY_WRITE) !== 0 && (b & MAY_WRITE) !== 0);
      expect((both & MAY_USER) !== 0).toBe((a & MAY_USER) !== 0 && (b & MAY_USER) !== 0);
      expect((both & NO_FETCH) !== 0).toBe((a & NO_FETCH) !== 0 || (b & NO_FETCH) !== 0);
    }
});

test('an entry says its rights in bits 1, 2 and 63, and in no other', () => {
  expect([rightsOf(2, 0), rightsOf(4, 0), rightsOf(0, 1 << 31)]).toEqual([MAY_WRITE, MAY_USER, NO_FETCH]);
  expect(rightsOf(~6, 0x7fffffff)).toBe(0);
  expect(rightsOf(-1, -1)).toBe(MAY_WRITE | MAY_USER | NO_FETCH);
});
