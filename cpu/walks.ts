// SPDX-License-Identifier: GPL-2.0-only
/**
 * Performing walks and invalidations on a machine with TLBs, and what they depend on: a write to a page-table entry matters to them by the linear
 * addresses that the entry serves, which the frame of the table knows.
 *
 * Reference: docs/design-notes.md, "Translations".
 */
import { kindOfSlot, PAGE_ADDRESS, PMD_TABLE, PTE_TABLE } from '../mmu/frames.ts';
import { LOAD_PDPTES } from '../mmu/invalidation.ts';
import { frameOfSlot, pageOfSlot, slotOfWord } from '../mmu/phys-mem.ts';
import type { Ptr } from '../mmu/types.ts';
import type { Footprint } from './footprint.ts';
import type { Machine } from './machine.ts';
import { touch } from './memory.ts';
import { violate } from './report.ts';
import type { Vcpu } from './vcpu.ts';

/** Everything that may become of the access is found. The walk is ordered behind what was stored before the entries that it reads. */
export function performWalk(c: Vcpu): void {
  const tlb = c.m.tlbs[c.id]!;
  tlb.consider(c.a0, c.a1);
  for (const entry of [tlb.pde, tlb.pte]) {
    if (entry === 0) continue;
    c.m.races.acquire(c.ctx, entry, false);
    c.m.races.acquire(c.ctx, (entry + 1) as Ptr, false);
  }
}

export function performInvalidate(c: Vcpu): void {
  const { m, a0: operand, a1: drops } = c;
  const tlb = m.tlbs[c.id]!;
  if ((drops & LOAD_PDPTES) !== 0) {
    tlb.invalidations.push(m.seq, drops, 0, false);
    for (let i = 0; i < c.n; i++) touch(c, (c.at + i) as Ptr, false, false);
    if (!tlb.loadCr3(operand)) violate(c, 'check', `#GP(0): a PDPTE that MOV CR3 loads has a reserved bit set`);
    return;
  }
  tlb.invalidations.push(m.seq, drops, operand, tlb.isLarge(operand));
}

/** Says of a footprint in a page table which linear addresses it serves; `whole`: the table, not an entry. */
export function describeTable(m: Machine, f: Footprint, whole: boolean): void {
  const { mem } = m;
  const slot = slotOfWord(mem, f.at);
  if (slot < 0) return;
  const kind = kindOfSlot(mem, slot);
  if (kind !== PTE_TABLE && kind !== PMD_TABLE) return;
  const bits = kind === PTE_TABLE ? 12 : 21;
  const index = (f.at - frameOfSlot(mem, slot)) >> 1;
  f.page = mem.words[pageOfSlot(mem, slot) + PAGE_ADDRESS]! | (whole ? 0 : index << bits);
  f.pageBits = whole ? bits + 9 : bits;
}
