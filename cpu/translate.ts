// SPDX-License-Identifier: GPL-2.0-only
/**
 * Accesses by linear address, and what removes translations, on a machine with TLBs. An access is one instruction of several transitions: the walk, which
 * finds out everything that may become of it (mmu/permissive); the choice of one; perhaps the locked update of A and D, which checks that the entry
 * is still what the walk saw; and the access. No interrupt is taken between them, though other vCPUs run.
 *
 * The kernel's own accesses do not translate: it has its words at fixed places (kmap), and races with what its own page tables do are not under study.
 *
 * Reference: Intel SDM Vol. 3A 4.8 (A and D), 4.10.4.1 (invalidation), 6.6 (interrupts between instructions); docs/design-notes.md, "Translations".
 */
import { READ, WRITE } from '../mmu/access.ts';
import { ACCESSED, PRESENT } from '../mmu/entry.ts';
import { NO_FAULT } from '../mmu/fault.ts';
import { FRAME_KIND_NAMES, frameKind } from '../mmu/frames.ts';
import { DROP_LOCAL, DROP_STRUCTURES, LOAD_PDPTES, ON_INVLPG, ON_MOV_CR3, ON_PAGE_FAULT } from '../mmu/invalidation.ts';
import { writeCr3 as movCr3 } from '../mmu/mov-cr.ts';
import { ASTRAY, FAULT, USE } from '../mmu/outcomes.ts';
import { PDPT_WORDS, pdptAt } from '../mmu/pdpte.ts';
import { WALK_AGAIN } from '../mmu/permissive.ts';
import { frameOfSlot, slotOf } from '../mmu/phys-mem.ts';
import type { Pfn, Ptr } from '../mmu/types.ts';
import { arm } from './arm.ts';
import { INVALIDATE, WALK } from './kinds.ts';
import { fence } from './memory.ts';
import { INVLPG_DONE, MOV_CR3_DONE, TRANSLATED } from './meter.ts';
import { assume, choose, elapse, load, markEntry, store, waitUpdate } from './ops.ts';
import { violate, witness } from './report.ts';
import { OR } from './rmw.ts';
import { type Code, PROGRAM, type Vcpu } from './vcpu.ts';
import { Defect } from './violation.ts';

/**
 * Loads the aligned word at a linear address.
 * @param privilege USER at CPL 3, else 0
 * @returns 0 after a fault: see c.fault
 */
export function* loadLinear(c: Vcpu, va: number, privilege: number): Code<number> {
  const p = yield* translate(c, va, privilege | READ);
  const value = p === 0 ? 0 : yield* load(c, p);
  c.midway = false;
  return value;
}

/** Stores the aligned word at a linear address. @returns false after a fault: see c.fault */
export function* storeLinear(c: Vcpu, va: number, privilege: number, value: number): Code<boolean> {
  const p = yield* translate(c, va, privilege | WRITE);
  if (p !== 0) yield* store(c, p, value);
  c.midway = false;
  return p !== 0;
}

/** @returns the word that an access reaches, or 0, with the error code of the page fault in c.fault; the instruction is midway then */
function* translate(c: Vcpu, va: number, access: number): Code<Ptr> {
  // A walk of a handler would have to know whether the program's access before it has faulted, which is chosen behind its walk.
  if (c.role !== PROGRAM) throw new Defect(`${c.m.contextName(c)} makes an access by linear address: only programs may`);
  if (c.m.mmus.length > 0) return remembered(c, va, access);
  if (!c.m.walkers[c.id]!) throw new Defect(`${c.m.contextName(c)} makes an access by linear address: the machine says that it does not`);
  const tlb = c.m.tlbs[c.id]!;
  c.fault = NO_FAULT;
  for (;;) {
    arm(c, WALK, 0 as Ptr, 0);
    c.a0 = va;
    c.a1 = access;
    yield;
    c.midway = true;
    const { outcomes } = tlb;
    const walkedAt = c.m.seq;
    const i = yield* choose(c, outcomes.n);
    const kind = outcomes.kind(i);
    const a = outcomes.value(i, 0);
    if (i > 0 && kind === USE) witness(c, REMEMBERED); // the first outcome is that of the present entries
    if (kind === USE) return wordIn(c, a, va);
    if (kind === FAULT) {
      tlb.invalidations.push(walkedAt, ON_PAGE_FAULT, va, false);
      c.fault = a;
      return 0 as Ptr;
    }
    if (kind === ASTRAY) astray(c, a, outcomes.value(i, 1));
    const frame = outcomes.value(i, 4);
    const marked = yield* markEntry(c, a as Ptr, outcomes.value(i, 1), outcomes.value(i, 2), outcomes.value(i, 3));
    if (marked && frame !== WALK_AGAIN) return wordIn(c, frame, va);
    // Else a handler and its program are in the middle of each other, which no processor is: src/engines/explore/realisable.ts will say so.
    if (!marked) yield* assume(c, tlb.sees(a as Ptr, c.value, c.hi));
  }
}

/** The same by an MMU that remembers: a step of the processor, since nothing runs beside it. */
function remembered(c: Vcpu, va: number, access: number): Ptr {
  const mmu = c.m.mmus[c.id]!;
  const p = mmu.translate(va, access) >>> 0;
  c.m.meter?.worked(c, TRANSLATED);
  c.fault = p === 0 ? mmu.takeFault() : NO_FAULT;
  return p as Ptr;
}

/** Where the page of a linear address lies for an access to it. @returns the first word of its frame; 0 after a fault: see c.fault */
export function* pageLinear(c: Vcpu, va: number, access: number): Code<Ptr> {
  const p = yield* translate(c, va, access);
  c.midway = false;
  return (p === 0 ? 0 : p - ((va >>> 2) & 1023)) as Ptr;
}

/** What every check of a flush would like to have seen: an access that went by what the vCPU remembered, where the tables say something else. */
export const REMEMBERED = 'a translation was used that the page tables no longer give';

/** Walks that no access asked for: they may set A in an entry that is present, at any time or never; D they do not set. */
export function* speculate(c: Vcpu, entry: Ptr): Code {
  while ((yield* choose(c, 2)) === 1) yield* waitUpdate(c, entry, PRESENT | ACCESSED, PRESENT, OR, ACCESSED);
}

function wordIn(c: Vcpu, pfn: number, va: number): Ptr {
  const slot = slotOf(c.m.mem, (pfn >>> 0) as Pfn);
  if (slot < 0)
    violate(
      c,
      'freed-frame',
      `a translation of 0x${(va >>> 0).toString(16)} leads to frame 0x${(pfn >>> 0).toString(16)}, where no memory is`,
    );
  return (frameOfSlot(c.m.mem, slot) + ((va >>> 2) & 1023)) as Ptr;
}

function astray(c: Vcpu, pfn: number, wanted: number): never {
  const kind = frameKind(c.m.mem, (pfn >>> 0) as Pfn);
  const is = kind < 0 ? 'no memory' : FRAME_KIND_NAMES[kind]!;
  violate(
    c,
    'freed-frame',
    `the page walker of CPU${c.id} reads frame 0x${(pfn >>> 0).toString(16)} as a ${FRAME_KIND_NAMES[wanted]}: it is ${is}`,
  );
}

function* invalidate(c: Vcpu, drops: number, operand: number): Code {
  fence(c);
  const mmu = c.m.mmus[c.id];
  if (mmu !== undefined) {
    c.m.meter?.worked(c, (drops & LOAD_PDPTES) === 0 ? INVLPG_DONE : MOV_CR3_DONE);
    if ((drops & LOAD_PDPTES) === 0) mmu.invalidate(drops, operand);
    else if (!movCr3(mmu, operand)) violate(c, 'check', '#GP(0): a PDPTE that MOV CR3 loads has a reserved bit set');
    yield* elapse(c);
    return;
  }
  // Who never walks has nothing to drop; CR3 itself is loaded, and may be read.
  if (c.m.tlbs.length === 0 || (!c.m.walkers[c.id]! && (drops & LOAD_PDPTES) === 0)) return;
  const pdpt = (drops & LOAD_PDPTES) !== 0 ? pdptAt(c.m.mem, operand) : (0 as Ptr);
  arm(c, INVALIDATE, pdpt, pdpt === 0 ? 0 : PDPT_WORDS);
  c.a0 = operand;
  c.a1 = drops;
  yield;
}

/** INVLPG: waits for an empty buffer, and drops the translations of a page and the paging-structure caches. */
export function* invlpg(c: Vcpu, va: number): Code {
  c.m.counters.invlpg++;
  yield* invalidate(c, ON_INVLPG, va);
}

/** What INVLPGB does on a vCPU without an address: all that is not global goes, and CR3 is not loaded. */
export function* dropLocal(c: Vcpu): Code {
  yield* invalidate(c, DROP_LOCAL | DROP_STRUCTURES, 0);
}

/** What it does for one page, and no count of INVLPGs. */
export function* dropPage(c: Vcpu, va: number): Code {
  yield* invalidate(c, ON_INVLPG, va);
}

/** MOV CR3: waits for an empty buffer, loads the PDPTE registers, and drops what is not global. */
export function* writeCr3(c: Vcpu, cr3: number): Code {
  c.m.counters.cr3Writes++;
  yield* invalidate(c, ON_MOV_CR3, cr3);
}

/** What the last MOV CR3 wrote; 0 on a machine without TLBs. */
export const readCr3 = (c: Vcpu): number => (c.m.mmus[c.id] ?? c.m.tlbs[c.id])?.regs.cr3 ?? 0;
