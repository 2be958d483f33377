// SPDX-License-Identifier: GPL-2.0-only
/**
 * Which transitions may not be swapped: the chronological happens-before of Abdulla et al., "Stateless model checking for TSO and PSO"
 * (TACAS 2015). A load and the drain of its own context never conflict; a load and a foreign write of its word conflict only if the loading
 * context has no own store to that word before the load, or its newest such store had drained before that write.
 */
import type { Footprint } from '../../../cpu/footprint.ts';
import { ACQUIRE, AWAIT, DRAIN, INVALIDATE, LOAD, WALK } from '../../../cpu/kinds.ts';
import { ADD } from '../../../cpu/rmw.ts';
import { DROP_PAGE } from '../../../mmu/invalidation.ts';

/** Is `b`, after `a` in some execution, ordered behind it? */
export function dependent(a: Footprint, b: Footprint, contexts: number): boolean {
  if (a.actor === b.actor || (a.spawns >= 0 && a.spawns === b.actor)) return true;
  if (a.ctx === b.ctx) {
    if (b.kind === DRAIN) return a.place <= b.issuedAt;
    return a.kind === DRAIN && a.store < b.need;
  }
  return conflict(a, b, contexts);
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

/** One of them is a walk, INVLPG or MOV CR3: does the order in which they come decide what may be remembered? */
function translationConflict(a: Footprint, b: Footprint): boolean {
  if (a.kind >= WALK && b.kind >= WALK) return a.cpu === b.cpu && (a.kind === INVALIDATE || b.kind === INVALIDATE);
  const t = a.kind >= WALK ? a : b;
  const w = t === a ? b : a;
  if (!w.writes) return false;
  // The PDPTEs that MOV CR3 loads.
  if (w.pageBits === 0) return t.lo < w.lo + w.span && w.lo < t.lo + t.span;
  const sameAddress = (w.page ^ t.a0) >>> w.pageBits === 0;
  // Every PDE: a paging-structure cache is dropped whole.
  return sameAddress || (t.kind === INVALIDATE && ((t.a1 & DROP_PAGE) === 0 || w.pageBits > 12));
}

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
