// SPDX-License-Identifier: GPL-2.0-only
/**
 * INVLPGB and TLBSYNC: one vCPU makes all others drop translations, without an interrupt. INVLPGB waits for nobody; when TLBSYNC is over, the
 * invalidations that its vCPU has asked for are done everywhere, and so are all accesses by the translations that were dropped.
 *
 * In exploration each vCPU invalidates between two of its instructions, at any time after INVLPGB, whatever IF is, and with its store buffer drained: as
 * an NMI handler would, whose context it takes. On a machine that runs one order, all is done at once: nobody is in the middle of an access then.
 *
 * Reference: AMD64 APM Vol. 3, INVLPGB and TLBSYNC; Vol. 2, 5.5.3 (TLB management, "broadcast").
 * Not modelled: address space ids and guests; the limit of pages for one instruction (INVLPGB_COUNT_MAX); that INVLPGB is not ordered behind earlier
 * stores without a fence, since what makes an entry invalid is a locked operation.
 */
import { DROP_LOCAL, DROP_STRUCTURES, ON_INVLPG } from '../mmu/invalidation.ts';
import type { Ptr } from '../mmu/types.ts';
import { sendNmi } from './interrupts.ts';
import { BROADCAST, BROADCAST_SYNC } from './meter.ts';
import { elapse, load, rmw, store, waitLoad } from './ops.ts';
import { ADD, XCHG } from './rmw.ts';
import { dropLocal, dropPage } from './translate.ts';
import type { Code, Vcpu } from './vcpu.ts';

/** Of each vCPU that asks: first address, pages (0: all of them); for each other vCPU how often it was asked, and how often it has not answered yet. */
const ADDRESS = 0;
const PAGES = 1;
const ASKED = 2;

const wordsOf = (cpus: number): number => ASKED + 2 * cpus;
export const invlpgbWords = (cpus: number): number => cpus * wordsOf(cpus);

const word = (c: Vcpu, source: number, field: number): Ptr => (c.m.invlpgbBase + source * wordsOf(c.m.cpus) + field) as Ptr;
const asked = (c: Vcpu, source: number, target: number): Ptr => word(c, source, ASKED + target);
const unanswered = (c: Vcpu, source: number, target: number): Ptr => word(c, source, ASKED + c.m.cpus + target);

/** @param pages from `va` on; 0: everything that is not global */
export function* invlpgb(c: Vcpu, va: number, pages: number): Code {
  c.m.counters.invlpgb++;
  c.m.meter?.worked(c, BROADCAST);
  if (c.m.tlbs.length === 0) return everywhere(c, va, pages);
  yield* drop(c, va, pages);
  // One that follows before the last is over makes everything go.
  const early = yield* isUnderWay(c);
  yield* store(c, word(c, c.id, ADDRESS), va);
  yield* store(c, word(c, c.id, PAGES), early ? 0 : pages);
  for (let cpu = 0; cpu < c.m.cpus; cpu++) {
    if (cpu === c.id) continue;
    yield* rmw(c, unanswered(c, c.id, cpu), ADD, 1);
    yield* rmw(c, asked(c, c.id, cpu), ADD, 1);
    yield* sendNmi(c, cpu);
  }
}

/** Waits until all vCPUs have done what this one has asked for. */
export function* tlbsync(c: Vcpu): Code {
  c.m.counters.tlbsync++;
  c.m.meter?.worked(c, BROADCAST_SYNC);
  yield* elapse(c);
  if (c.m.tlbs.length === 0) return;
  for (let cpu = 0; cpu < c.m.cpus; cpu++) if (cpu !== c.id) yield* waitLoad(c, unanswered(c, c.id, cpu), -1, 0);
}

function* isUnderWay(c: Vcpu): Code<boolean> {
  for (let cpu = 0; cpu < c.m.cpus; cpu++) if (cpu !== c.id && (yield* load(c, unanswered(c, c.id, cpu))) !== 0) return true;
  return false;
}

/** The other side. */
export function* serveInvlpgb(c: Vcpu): Code {
  for (let source = 0; source < c.m.cpus; source++) {
    if (source === c.id) continue;
    const n = yield* rmw(c, asked(c, source, c.id), XCHG, 0);
    if (n === 0) continue;
    const va = yield* load(c, word(c, source, ADDRESS));
    yield* drop(c, va, yield* load(c, word(c, source, PAGES)));
    yield* rmw(c, unanswered(c, source, c.id), ADD, -n);
  }
}

function* drop(c: Vcpu, va: number, pages: number): Code {
  if (pages === 0) yield* dropLocal(c);
  for (let i = 0; i < pages; i++) yield* dropPage(c, va + i * 4096);
}

function everywhere(c: Vcpu, va: number, pages: number): void {
  for (const mmu of c.m.mmus) {
    if (pages === 0) mmu.invalidate(DROP_LOCAL | DROP_STRUCTURES, 0);
    for (let i = 0; i < pages; i++) mmu.invalidate(ON_INVLPG, va + i * 4096);
  }
}
