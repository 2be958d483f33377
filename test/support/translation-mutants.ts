// SPDX-License-Identifier: GPL-2.0-only
/** Ways to break a machine with TLBs, or what it tells the exploration, one rule each. */
import type { Footprint } from '../../cpu/footprint.ts';
import { INVALIDATE, ISSUE, RMW, WALK } from '../../cpu/kinds.ts';
import type { Machine } from '../../cpu/machine.ts';
import { ACCESSED, DIRTY, PRESENT } from '../../mmu/entry.ts';
import type { History } from '../../mmu/history.ts';
import { DROP_GLOBAL, DROP_LOCAL, DROP_PAGE, DROP_STRUCTURE, DROP_STRUCTURES } from '../../mmu/invalidation.ts';
import type { PermissiveTlb } from '../../mmu/permissive.ts';
import type { Ptr } from '../../mmu/types.ts';
import type { Change } from './agreement.ts';

/** What the TLB keeps to itself. */
interface Inside {
  isUsable(lo: number, hi: number, current: boolean, large: boolean): boolean;
  ptes: History;
  leaf(entry: Ptr, lo: number, hi: number, rights: number, pfn: number, current: boolean): void;
  faultAt(rights: number): void;
}

const eachTlb =
  (broken: (tlb: PermissiveTlb, inside: Inside, m: Machine) => void): Change =>
  (m) => {
    for (const tlb of m.tlbs) broken(tlb, tlb as unknown as Inside, m);
  };

/** Invalidations are noted otherwise. */
const notes = (as: (drops: number, va: number, large: boolean) => [drops: number, large: boolean]): Change =>
  eachTlb(({ invalidations }) => {
    const push = invalidations.push.bind(invalidations);
    invalidations.push = (seq, drops, va, large) => {
      const [d, l] = as(drops, va, large);
      push(seq, d, va, l);
    };
  });

/** The exploration is told something else than what happens. */
const lies =
  (lie: (f: Footprint, m: Machine) => void): Change =>
  (m) => {
    const footprint = m.footprint.bind(m);
    m.footprint = (actor, f) => {
      footprint(actor, f);
      lie(f, m);
    };
  };

const ELSEWHERE = 0xc000_0000 | 0;

const isMark = (f: Footprint): boolean => f.kind === RMW && f.continues;

const nowhere = (f: Footprint): void => {
  f.lo = f.span = f.pageBits = 0;
};

export const MUTANTS: Record<string, Change> = {
  'invalidations remove nothing': notes((_, __, large) => [0, large]),
  'a fault removes nothing': notes((drops, _, large) => [(drops & DROP_STRUCTURE) !== 0 ? 0 : drops, large]),
  'INVLPG leaves the paging-structure caches': notes((drops, _, large) => [
    (drops & DROP_PAGE) !== 0 ? drops & ~DROP_STRUCTURES : drops,
    large,
  ]),
  'MOV CR3 removes global translations': notes((drops, _, large) => [(drops & DROP_LOCAL) !== 0 ? drops | DROP_GLOBAL : drops, large]),
  'MOV CR3 leaves translations': notes((drops, _, large) => [drops & ~DROP_LOCAL, large]),
  'INVLPG removes nothing but the piece of a large page': notes((drops) => [drops, false]),
  'INVLPG removes every piece of a page that is large no more': notes((drops) => [drops, true]),
  'an entry that is not present is remembered': eachTlb((_, inside) => {
    const isUsable = inside.isUsable.bind(inside);
    inside.isUsable = (lo, hi, current, large) => isUsable(lo, hi, current || (lo & PRESENT) === 0, large);
  }),
  'an entry with A clear is remembered': eachTlb((_, { ptes }) => {
    const read = ptes.read.bind(ptes);
    ptes.read = (entry, log, words) => {
      read(entry, log, words);
      for (let i = 1; i < ptes.n; i++) ptes.lo[i]! |= ACCESSED;
    };
  }),
  'writes go through what was remembered with D clear': eachTlb((_, inside) => {
    const leaf = inside.leaf.bind(inside);
    inside.leaf = (entry, lo, hi, rights, pfn, current) => leaf(entry, current ? lo : lo | DIRTY, hi, rights, pfn, current);
  }),
  'a PDE without A is marked before a fault is found': eachTlb((_, inside) => {
    inside.faultAt = () => {};
  }),
  'global entries are global without CR4.PGE': eachTlb((tlb) => {
    const since = tlb.invalidations.translationsSince.bind(tlb.invalidations);
    tlb.invalidations.translationsSince = (va, _, large) => since(va, true, large);
  }),
  'walks do not see the own buffer': eachTlb((tlb, _, m) => {
    const see = tlb.see.bind(tlb);
    tlb.see = (entry, seq, oldLo, oldHi, lo, hi) => {
      const { words } = m.mem;
      if (words[entry] === lo && words[entry + 1] === hi) see(entry, seq, oldLo, oldHi, lo, hi);
    };
  }),
  'A and D are set without a second look': (m) => {
    const run = m.run.bind(m);
    m.run = (actor, choice) => {
      const c = m.contexts[actor];
      if (c !== undefined && c.kind === RMW && c.midway) {
        c.a0 = m.mem.words[c.at]!;
        c.a1 = m.mem.words[c.at + 1]!;
      }
      run(actor, choice);
    };
  },
  'an interrupt is taken between a walk and its access': lies((f) => {
    f.continues = false;
  }),
  'a walk depends on no entry': lies((f) => {
    if (f.kind === WALK) f.a0 = ELSEWHERE;
  }),
  'INVLPG depends on no entry': lies((f) => {
    if (f.kind !== INVALIDATE) return;
    f.kind = WALK;
    f.a0 = ELSEWHERE;
  }),
  'an invalidation does not depend on walks': lies((f) => {
    if (f.kind === INVALIDATE) f.cpu = -2;
  }),
  'a program goes on in the middle of its handler': eachTlb((tlb) => {
    tlb.sees = () => true;
  }),
  'the store of an entry into the buffer depends on nothing': lies((f) => {
    if (f.kind === ISSUE) nowhere(f);
  }),
  'a table that a PDE led to once is read through that PDE no more': lies((f) => {
    Object.defineProperty(f, 'exposed', { get: () => 0, set: () => {} });
  }),
  'entries of different levels are independent': lies((f) => {
    if (f.pageBits > 12 && f.kind !== WALK) f.pageBits = 12;
  }),
  'the update of A and D waits for no own store': lies((f, m) => {
    if (isMark(f)) m.contexts[f.ctx]!.need = f.need = 0;
  }),
};
