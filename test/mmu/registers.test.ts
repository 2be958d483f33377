// SPDX-License-Identifier: GPL-2.0-only
/**
 * What follows from the registers is kept ready, and is true after every change.
 * Time budget: 1 s.
 */
import { expect, test } from 'vitest';
import { ACCESSES, FETCH, USER, WRITE } from '../../mmu/access.ts';
import { CR0_PG, CR4_PAE, CR4_SMEP, EFER_NXE } from '../../mmu/control.ts';
import { Registers } from '../../mmu/registers.ts';
import { permission, permits } from '../../mmu/rights.ts';

test('a new machine has paging with write protection on, and no other feature', () => {
  const regs = new Registers(36);
  expect([regs.paging, regs.cr4, regs.efer, regs.ac, regs.cr2, regs.cr3]).toEqual([true, CR4_PAE, 0, false, 0, 0]);
  expect([...regs.pdptes]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  for (let access = 0; access < ACCESSES; access++)
    for (let rights = 0; rights < 8; rights++) expect(regs.allowed[permission(access, rights)]).toBe(permits(access, rights, regs) ? 1 : 0);
});

test('a fetch is reported with SMEP or NXE', () => {
  for (const [cr4, efer, fetch] of [
    [0, 0, 0],
    [CR4_SMEP, 0, FETCH],
    [0, EFER_NXE, FETCH],
    [CR4_SMEP, EFER_NXE, FETCH],
  ] as const) {
    const regs = new Registers(36);
    Object.assign(regs, { cr4: CR4_PAE | cr4, efer });
    regs.modeChanged();
    expect(regs.reported).toBe(WRITE | USER | fetch);
  }
});

test('paging is CR0.PG, though it is the sign of the register', () => {
  const regs = new Registers(36);
  regs.cr0 = CR0_PG;
  expect(regs.paging).toBe(true);
  regs.cr0 = ~CR0_PG;
  expect(regs.paging).toBe(false);
});
