// SPDX-License-Identifier: GPL-2.0-only
/**
 * Performing walks and invalidations on a machine with TLBs, and what they depend on: a write to a page-table entry matters to them by the linear
 * addresses that the entry serves, which the frame of the table knows.
 *
 * Reference: docs/design-notes.md, "Translations".
 */
import { PAGE_SIZE_2M, PRESENT } from '../mmu/entry.ts';
import { type EntryLog, logEntry } from '../mmu/entry-log.ts';
import { kindOfSlot, PAGE_ADDRESS, PMD_TABLE, POISON, PTE_TABLE } from '../mmu/frames.ts';
import { createOwnViews, type OwnViews, pushOwnView } from '../mmu/history.ts';
import { LOAD_PDPTES } from '../mmu/invalidation.ts';
import { frameOfSlot, pageOfSlot, slotOfWord } from '../mmu/phys-mem.ts';
import { FRAME_WORDS, type Ptr } from '../mmu/types.ts';
import type { Footprint } from './footprint.ts';
import type { Machine } from './machine.ts';
import { entryOf, touch } from './memory.ts';
import { violate } from './report.ts';
import { WIDE } from './store-buffer.ts';
import type { Vcpu } from './vcpu.ts';

const own = createOwnViews();

/** What this vCPU's buffered stores make of the entries that they go to, as its own walks see them. */
function ownViews(c: Vcpu): OwnViews {
  const { m, buffer: b } = c;
  own.n = 0;
  for (let i = b.left; i < b.issued; i++) {
    const at = b.at[i]! as Ptr;
    const entry = entryOf(m, at);
    if (entry === 0) continue;
    let lo = m.mem.words[entry]!;
    let hi = m.mem.words[entry + 1]!;
    for (let k = 0; k < own.n; k++) {
      if (own.at[k] !== entry) continue;
      lo = own.lo[k]!;
      hi = own.hi[k]!;
    }
    if (at === entry) lo = b.lo[i]!;
    else hi = b.lo[i]!;
    if ((b.flags[i]! & WIDE) !== 0) hi = b.hi[i]!;
    pushOwnView(own, entry, lo, hi);
  }
  return own;
}

/** Everything that may become of the access is found. The walk is ordered behind what was stored before the entries that it reads. */
export function performWalk(c: Vcpu): void {
  const tlb = c.m.tlbs[c.id]!;
  tlb.consider(c.a0, c.a1, ownViews(c));
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
  const pde = tlb.pdeOf(operand);
  const large = pde !== 0 && (m.mem.words[pde]! & (PRESENT | PAGE_SIZE_2M)) === (PRESENT | PAGE_SIZE_2M);
  tlb.invalidations.push(m.seq, drops, operand, large);
}

/** A frame that held page tables is given back: none of its entries is there any more. */
export function logFreed(log: EntryLog, m: Machine, frame: Ptr): void {
  const { words } = m.mem;
  for (let i = 0; i < FRAME_WORDS; i += 2) {
    const p = (frame + i) as Ptr;
    if ((words[p]! & PRESENT) !== 0) logEntry(log, p, m.seq, words[p]!, words[p + 1]!, POISON, POISON);
  }
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
