// SPDX-License-Identifier: GPL-2.0-only
/**
 * A recorded event at another place of the execution than the one that it ran at: what it would write there, and whether it could run at
 * all. Judged from records alone, without running.
 */
import { type Footprint, mayAcquire, satisfied, summarise } from '../../../cpu/footprint.ts';
import { ACQUIRE, AWAIT, CHOOSE, DRAIN, INVALIDATE, ISSUE, LOAD, RANGE, WALK } from '../../../cpu/kinds.ts';
import type { Machine } from '../../../cpu/machine.ts';
import { ADD, after, applyRmw, ENTER, highestBit } from '../../../cpu/rmw.ts';
import { imageWord } from '../../../mmu/journal.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { exposes } from './dependence.ts';
import type { Execution } from './execution.ts';

const words = new Int32Array(3);

/**
 * The event r behind the first e events of x and then v, or null if it cannot run there.
 * @param f is filled in and returned where the record changes
 */
export function moved(m: Machine, x: Execution, r: Footprint, e: number, v: readonly Footprint[], f: Footprint): Footprint | null {
  if (r.kind === LOAD || r.kind === CHOOSE || r.kind === RANGE || r.kind === WALK || r.kind === INVALIDATE) return r;
  f.copyFrom(r);
  f.exposed = exposedAfter(x, r, e, v);
  if (r.kind === ISSUE) return f;
  if (r.kind === DRAIN) {
    f.snap = snapAfter(x, r, e, v);
    return f;
  }
  if ((r.kind === AWAIT || r.kind === ACQUIRE) && drainedAfter(x, r.ctx, e, v) < r.need) return null;
  if (r.kind === AWAIT)
    return (r.grace === null ? satisfied(r.mask, r.want, readAfter(m, x, r, e, v)) : graceAfter(m, x, r, e, v)) ? f : null;
  wordsAfter(m, x, r.at, r.n, e, v);
  if (r.kind === ACQUIRE && !mayAcquire(r.fn, r.mask, r.want, words[0]!, words[1]!, words[2]!)) return null;
  f.old0 = words[0]!;
  f.writes = applyRmw(r.fn, r.a0, r.a1, r.a2, r.a3, words[0]!, words[1]!, words[2]!);
  f.v0 = after[0]!;
  f.v1 = after[1]!;
  f.v2 = after[2]!;
  f.snap = f.writes ? snapAfter(x, f, e, v) : null;
  summarise(f);
  return f;
}

const each = (x: Execution, e: number, v: readonly Footprint[], i: number): Footprint => (i < e ? x.events[i]! : v[i - e]!);

function drainedAfter(x: Execution, ctx: number, e: number, v: readonly Footprint[]): number {
  let n = 0;
  for (let i = 0; i < e + v.length; i++) {
    const q = each(x, e, v, i);
    if (q.kind === DRAIN && q.ctx === ctx) n++;
  }
  return n;
}

function snapAfter(x: Execution, r: Footprint, e: number, v: readonly Footprint[]): Int32Array | null {
  const T = x.contexts;
  let snap: Int32Array | null = null;
  for (let i = 0; i < e + v.length; i++) {
    const q = each(x, e, v, i);
    if (q.kind !== DRAIN) continue;
    for (let w = 0; w < r.n; w++) if (q.at <= r.at + w && r.at + w < q.at + q.n) (snap ??= new Int32Array(r.n * T))[w * T + q.ctx]!++;
  }
  return snap;
}

function exposedAfter(x: Execution, r: Footprint, e: number, v: readonly Footprint[]): number {
  let bits = 0;
  if (r.pageBits > 0) for (let i = 0; i < e + v.length; i++) bits |= exposes(each(x, e, v, i), r);
  return bits;
}

/** What a waiting load would read: its own newest store while that is buffered, else memory. */
function readAfter(m: Machine, x: Execution, r: Footprint, e: number, v: readonly Footprint[]): number {
  if (r.own0 >= 0 && r.own0 >= drainedAfter(x, r.ctx, e, v)) {
    const b = m.contexts[r.ctx]!.buffer;
    return b.valueAt(b.marked[r.own0]!, r.at);
  }
  wordsAfter(m, x, r.at, 1, e, v);
  return words[0]!;
}

function graceAfter(m: Machine, x: Execution, r: Footprint, e: number, v: readonly Footprint[]): boolean {
  for (let i = 0; i < r.n; i++) {
    wordsAfter(m, x, (r.at + i) as Ptr, 1, e, v);
    if (words[0]! < r.grace![i]!) return false;
  }
  return true;
}

/** The first `n` words from `at` on, as the writes that come before leave them. */
function wordsAfter(m: Machine, x: Execution, at: Ptr, n: number, e: number, v: readonly Footprint[]): void {
  for (let w = 0; w < n; w++) words[w] = lastValue(m, x, (at + w) as Ptr, e, v);
}

/** The newest write decides, unless it is an addition that commutes with its neighbours: then what it left was counted in another order. */
function lastValue(m: Machine, x: Execution, p: Ptr, e: number, v: readonly Footprint[]): number {
  let sum = 0;
  for (let i = e + v.length - 1; i >= 0; i--) {
    const q = each(x, e, v, i);
    if (!q.writes || p < q.at || p >= q.at + q.n) continue;
    if (q.commute >= 0) {
      if (q.fn !== ADD) return replayed(m, x, p, e, v);
      sum += q.a0;
    } else return (valueLeft(q, p) + sum) | 0;
  }
  return (startOf(m, x, p) + sum) | 0;
}

const valueLeft = (q: Footprint, p: Ptr): number => (q.kind === RANGE || p === q.at ? q.v0 : p === q.at + 1 ? q.v1 : q.v2);

/** A word that commuting ors or ands were applied to, from the start. */
function replayed(m: Machine, x: Execution, p: Ptr, e: number, v: readonly Footprint[]): number {
  let value = startOf(m, x, p);
  for (let i = 0; i < e + v.length; i++) {
    const q = each(x, e, v, i);
    if (!q.writes || p < q.at || p >= q.at + q.n) continue;
    if (q.commute >= 0) {
      applyRmw(q.fn, q.a0, q.a1, q.a2, q.a3, value, 0, 0);
      value = after[0]!;
    } else if (q.fn === ENTER && p === q.at) value &= ~highestBit(value);
    else value = valueLeft(q, p);
  }
  return value;
}

/** What a word holds before its first marked write: plain initialisation included, since the first access saw it. */
function startOf(m: Machine, x: Execution, p: Ptr): number {
  for (let i = 0; i < x.length; i++) {
    const q = x.events[i]!;
    if (q.at === p && q.kind !== LOAD && q.kind !== AWAIT && q.kind !== CHOOSE && q.kind < WALK) return q.old0;
    if (q.writes && q.at < p && p < q.at + q.n) break;
  }
  return imageWord(m.mem, p);
}
