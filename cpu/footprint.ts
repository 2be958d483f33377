// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a transition would do, told before it is run: everything that an engine needs to judge whether two transitions commute.
 * Reference: docs/design-notes.md, "Dependence".
 */
import type { Ptr } from '../mmu/types.ts';
import { WALK } from './kinds.ts';
import { ENTER, HALT, mayEnter, type RmwFn } from './rmw.ts';

/**
 * One transition. Actors are numbered: context t is t, the drain of its store buffer is contexts + t.
 * A record stays true in every execution in which what happens before the transition is the same.
 */
export class Footprint {
  // First what is compared most: a record is several cache lines long.
  actor = 0;
  ctx = 0;
  /** Actor that this transition starts, or -1. */
  spawns = -1;
  choice = 0;
  /** A bit for each word of [lo, lo + span), by its last five bits; all, if words alone do not say what it conflicts with. */
  touches = -1;
  /** Those of them that it may change: two transitions of different contexts conflict only where one changes what the other touches. */
  changes = -1;
  kind = 0;
  /** Place among the transitions of its actor, from 1. */
  place = 0;
  writes = false;
  /** Own drains that must come first. */
  need = 0;
  /** For a drain: the number of its store, and the place of the transition that issued it. */
  store = -1;
  issuedAt = 0;
  /** The words [at, at + n) that it reads or writes. */
  at = 0 as Ptr;
  n = 0;
  /** The words [lo, lo + span) whose order with it matters: the whole entry where `at` is half of a page-table entry. */
  lo = 0;
  span = 0;
  /** Two transitions of the same non-negative class at the same word commute, unless one waits for bits that the other changes. */
  commute = -1;
  /** For loads: how many own stores to each of the first two words were issued before it. */
  ord0 = 0;
  ord1 = 0;
  /** For writes: per word and context, how many stores to that word the context had drained; null: none at all. */
  snap: Int32Array | null = null;
  /** Bits of the `always` checks that read a word which it writes. */
  watch = 0;
  /** On a machine with TLBs, for what touches a page table: the linear addresses that it serves, a multiple of 2^pageBits; 0 bits for anything else. */
  page = 0;
  pageBits = 0;
  /** vCPU of the context; -1 for a callback and for speculation. */
  cpu = 0;
  /** Of a change of a page table, bits of the vCPUs that have seen a PDE for its addresses change before; the exploration finds out. */
  exposed = 0;

  /** For loads: the number of the newest own store to each word, -1 if none. */
  own0 = -1;
  own1 = -1;
  /** Values before (as read) and after (as left), for up to three words. */
  old0 = 0;
  v0 = 0;
  v1 = 0;
  v2 = 0;
  fn = 0 as RmwFn;
  a0 = 0;
  a1 = 0;
  a2 = 0;
  a3 = 0;
  /** Waiting: enabled while (word & mask) === want. */
  mask = 0;
  want = 0;
  /** Waiting for a grace period: the ends that each vCPU must have reached; else null. */
  grace: Int32Array | null = null;
  alternatives = 0;
  /** It belongs to the same instruction as the last transition of its context: no interrupt is taken between the two. */
  continues = false;

  /** Field by field: Object.assign is several times slower here. */
  copyFrom(o: Footprint): this {
    this.actor = o.actor;
    this.ctx = o.ctx;
    this.kind = o.kind;
    this.place = o.place;
    this.at = o.at;
    this.n = o.n;
    this.lo = o.lo;
    this.span = o.span;
    this.writes = o.writes;
    this.commute = o.commute;
    this.ord0 = o.ord0;
    this.ord1 = o.ord1;
    this.own0 = o.own0;
    this.own1 = o.own1;
    this.snap = o.snap;
    this.need = o.need;
    this.store = o.store;
    this.issuedAt = o.issuedAt;
    this.old0 = o.old0;
    this.v0 = o.v0;
    this.v1 = o.v1;
    this.v2 = o.v2;
    this.fn = o.fn;
    this.a0 = o.a0;
    this.a1 = o.a1;
    this.a2 = o.a2;
    this.a3 = o.a3;
    this.mask = o.mask;
    this.want = o.want;
    this.grace = o.grace;
    this.choice = o.choice;
    this.alternatives = o.alternatives;
    this.spawns = o.spawns;
    this.watch = o.watch;
    this.touches = o.touches;
    this.changes = o.changes;
    this.cpu = o.cpu;
    this.continues = o.continues;
    this.page = o.page;
    this.pageBits = o.pageBits;
    this.exposed = o.exposed;
    return this;
  }
}

/** Says what the transition touches and changes, once the rest is known. */
export function summarise(f: Footprint): void {
  const words = f.kind < WALK && f.span <= 3 && f.pageBits === 0 && f.watch === 0;
  f.touches = words ? bitsOf(f.lo, f.span) : -1;
  f.changes = words && !f.writes ? 0 : f.touches;
}

/** A bit for each of the words, by the last five bits of its number. */
function bitsOf(lo: number, span: number): number {
  const bits = (1 << span) - 1;
  const by = lo & 31;
  return (bits << by) | (bits >>> -by);
}

/** Is the footprint's own wait satisfied by these values? */
export const satisfied = (mask: number, want: number, value: number): boolean => (((value & mask) ^ want) | 0) === 0;

/** Can a locked operation that waits succeed on these words? */
export function mayAcquire(fn: RmwFn, mask: number, want: number, m0: number, m1: number, m2: number): boolean {
  if (fn === ENTER) return mayEnter(m0, m1, m2);
  return fn === HALT ? (m0 | m1) !== 0 : satisfied(mask, want, m0);
}
