// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which transitions may not be swapped: the chronological happens-before of Abdulla et al., "Stateless model checking for TSO and PSO"
 * (TACAS 2015). A load and the drain of its own context never conflict; a load and a foreign write of its word conflict only if the loading
 * context has no own store to that word before the load, or its newest such store had drained before that write.
 */
import type { Footprint } from '../../../cpu/footprint.ts';
import { ACQUIRE, AWAIT, DRAIN, INVALIDATE, ISSUE, LOAD, RANGE, RMW, WALK } from '../../../cpu/kinds.ts';
import { ADD } from '../../../cpu/rmw.ts';
import { DROP_PAGE } from '../../../mmu/invalidation.ts';

/** Is `b`, after `a` in some execution, ordered behind it? */
export function dependent(a: Footprint, b: Footprint, contexts: number): boolean {
  if (a.actor === b.actor || (a.spawns >= 0 && a.spawns === b.actor)) return true;
  if (a.ctx === b.ctx) return inProgramOrder(a, b) || passesBuffer(a, b);
  return ((a.touches & b.changes) | (a.changes & b.touches)) !== 0 && conflict(a, b, contexts);
}

/** Of one context, the program and the drains: does one have to come before the other? */
function inProgramOrder(a: Footprint, b: Footprint): boolean {
  return b.kind === DRAIN ? a.place <= b.issuedAt : a.kind === DRAIN && a.store < b.need;
}

/**
 * A walk sets A and D in a PDE while own stores to PTEs below it may still be buffered, or the other way round: other vCPUs see which comes first.
 * Every other write of a program waits for the buffer.
 */
export function passesBuffer(a: Footprint, b: Footprint): boolean {
  return a.ctx === b.ctx && a.writes && b.writes && a.pageBits !== b.pageBits && serveTheSame(a, b) && !inProgramOrder(a, b);
}

/** Do transitions of two contexts touch the same words in a way that their order shows? */
export function conflict(a: Footprint, b: Footprint, contexts: number): boolean {
  if ((a.watch & b.watch) !== 0) return true;
  if (a.kind >= WALK || b.kind >= WALK) return translationConflict(a, b);
  // Which PTEs could be read through which PDEs depends on the order of their writes, though they are different words.
  if (a.pageBits !== b.pageBits && a.writes && b.writes && serveTheSame(a, b)) return true;
  if (!(a.writes || b.writes) || a.lo >= b.lo + b.span || b.lo >= a.lo + a.span || a.n === 0 || b.n === 0) return false;
  if (a.writes && b.writes) return a.commute < 0 || a.commute !== b.commute || a.at !== b.at || holdsUp(a, b) || holdsUp(b, a);
  return a.writes ? sees(b, a, contexts) : sees(a, b, contexts);
}

/** Do the linear addresses that two footprints in page tables serve overlap? */
function serveTheSame(a: Footprint, b: Footprint): boolean {
  return a.pageBits > 0 && b.pageBits > 0 && (a.page ^ b.page) >>> Math.max(a.pageBits, b.pageBits) === 0;
}

const overlap = (a: Footprint, b: Footprint): boolean => a.lo < b.lo + b.span && b.lo < a.lo + a.span;

/** To which vCPUs does the change `q` of a page table expose the change `w` behind it? To those that have seen another PDE and may have kept it. */
export function exposes(q: Footprint, w: Footprint): number {
  if (q.pageBits !== 21 || q.kind === RANGE || w.pageBits === 0 || !isSeenChange(q) || !serveTheSame(q, w)) return 0;
  if (q.kind !== ISSUE) return -1;
  // What drains there was seen when it was issued.
  return w.kind === DRAIN && w.cpu === q.cpu ? 0 : 1 << q.cpu;
}

/** One of them is a walk, an invalidation, or a store that own walks see from now on: does the order in which they come decide what may be remembered? */
function translationConflict(a: Footprint, b: Footprint): boolean {
  if (a.kind >= WALK && b.kind >= WALK && a.cpu !== b.cpu) return false;
  const t = a.kind === WALK || a.kind === INVALIDATE ? a : b;
  const w = t === a ? b : a;
  if (w.kind === WALK || w.kind === INVALIDATE) return true;
  if (t.kind !== WALK && t.kind !== INVALIDATE) return issueConflict(a, b);
  if (!isSeenChange(w)) return false;
  // The PDPTEs that MOV CR3 loads.
  if (w.pageBits === 0) return overlap(t, w);
  if ((w.page ^ t.a0) >>> w.pageBits === 0) return true;
  // Through a PDE that is not there any more it can be read until the paging-structure caches are dropped: INVLPG drops all, a fault those of its address.
  const exposed = ((w.exposed >>> t.cpu) & 1) !== 0;
  if (t.kind === WALK) return exposed && (w.page ^ t.a0) >>> 21 === 0;
  return exposed || (t.a1 & DROP_PAGE) === 0 || w.pageBits > 12;
}

/** One of them is an issue. A locked update of A and D that fails tells what the vCPU sees from what memory holds: cpu/translate. */
function issueConflict(a: Footprint, b: Footprint): boolean {
  if (!(isSeenChange(a) && isSeenChange(b)) && !(a.cpu === b.cpu && (a.kind === RMW || b.kind === RMW))) return false;
  return overlap(a, b) || (a.pageBits !== b.pageBits && serveTheSame(a, b));
}

const isSeenChange = (f: Footprint): boolean => f.writes || f.kind === ISSUE;

/** Does `w` wait for bits that the addition, or or and, of `q` may change? A carry goes upwards only. */
function holdsUp(q: Footprint, w: Footprint): boolean {
  if (w.kind !== ACQUIRE) return false;
  const lowest = q.a0 & -q.a0;
  return q.fn !== ADD || (w.mask & ~(lowest - 1)) !== 0;
}

/** Does the load `l` see the order in which it and the foreign write `w` come? */
function sees(l: Footprint, w: Footprint, contexts: number): boolean {
  if ((l.kind !== LOAD && l.kind !== AWAIT) || l.n > 2 || w.n > 2 || l.lo !== l.at || l.span !== l.n) return true;
  for (let i = 0; i < l.n; i++) {
    const word = l.at + i - w.at;
    if (word < 0 || word >= w.n) continue;
    const ord = i === 0 ? l.ord0 : l.ord1;
    if (ord === 0 || (w.snap !== null && ord <= w.snap[word * contexts + l.ctx]!)) return true;
  }
  return false;
}
