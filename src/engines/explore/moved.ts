// SPDX-License-Identifier: GPL-2.0-only
/**
 * A recorded event at another place of the execution than the one that it ran at: what it would write there, and whether it could run at
 * all. Judged from records alone, without running.
 */
import { Footprint, satisfied } from '../../../cpu/footprint.ts';
import { ACQUIRE, AWAIT, CHOOSE, DRAIN, LOAD, RANGE } from '../../../cpu/kinds.ts';
import type { Machine } from '../../../cpu/machine.ts';
import { after, applyRmw, ENTER, mayEnter } from '../../../cpu/rmw.ts';
import { imageWord } from '../../../mmu/phys-mem.ts';
import type { Ptr } from '../../../mmu/types.ts';
import type { Execution } from './execution.ts';

const words = new Int32Array(3);

/** The event r behind the first e events of x and then v, or null if it cannot run there. */
export function moved(m: Machine, x: Execution, r: Footprint, e: number, v: readonly Footprint[]): Footprint | null {
  if (r.kind === LOAD || r.kind === CHOOSE || r.kind === RANGE) return r;
  const f = new Footprint().copyFrom(r);
  if (r.kind === DRAIN) {
    f.snap = snapAfter(x, r, e, v);
    return f;
  }
  if ((r.kind === AWAIT || r.kind === ACQUIRE) && drainedAfter(x, r.ctx, e, v) < r.need) return null;
  if (r.kind === AWAIT)
    return (r.grace === null ? satisfied(r.mask, r.want, readAfter(m, x, r, e, v)) : graceAfter(m, x, r, e, v)) ? f : null;
  wordsAfter(m, x, r.at, e, v);
  if (r.kind === ACQUIRE && !(r.fn === ENTER ? mayEnter(words[0]!, words[1]!, words[2]!) : satisfied(r.mask, r.want, words[0]!)))
    return null;
  f.old0 = words[0]!;
  f.writes = applyRmw(r.fn, r.a0, r.a1, r.a2, r.a3, words[0]!, words[1]!, words[2]!);
  f.v0 = after[0]!;
  f.v1 = after[1]!;
  f.v2 = after[2]!;
  f.snap = f.writes ? snapAfter(x, f, e, v) : null;
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

/** What a waiting load would read: its own newest store while that is buffered, else memory. */
function readAfter(m: Machine, x: Execution, r: Footprint, e: number, v: readonly Footprint[]): number {
  if (r.own0 >= 0 && r.own0 >= drainedAfter(x, r.ctx, e, v)) {
    const b = m.contexts[r.ctx]!.buffer;
    return b.valueAt(b.marked[r.own0]!, r.at);
  }
  wordsAfter(m, x, r.at, e, v);
  return words[0]!;
}

function graceAfter(m: Machine, x: Execution, r: Footprint, e: number, v: readonly Footprint[]): boolean {
  for (let i = 0; i < r.n; i++) {
    wordsAfter(m, x, (r.at + i) as Ptr, e, v);
    if (words[0]! < r.grace![i]!) return false;
  }
  return true;
}

/** The three words from `at` on, as the writes that come before leave them. */
function wordsAfter(m: Machine, x: Execution, at: Ptr, e: number, v: readonly Footprint[]): void {
  for (let w = 0; w < 3; w++) words[w] = startOf(m, x, (at + w) as Ptr);
  for (let i = 0; i < e + v.length; i++) {
    const q = each(x, e, v, i);
    if (!q.writes || q.at >= at + 3 || q.at + q.n <= at) continue;
    const locked = q.kind !== DRAIN && q.kind !== RANGE;
    const d = q.at - at;
    if (locked && d >= 0 && d + q.n <= 3) {
      applyRmw(q.fn, q.a0, q.a1, q.a2, q.a3, words[d]!, words[d + 1] ?? 0, words[d + 2] ?? 0);
      for (let w = 0; w < q.n; w++) words[d + w] = after[w]!;
    } else {
      for (let w = Math.max(0, d); w < Math.min(3, d + q.n); w++) words[w] = q.kind === RANGE || w === d ? q.v0 : w === d + 1 ? q.v1 : q.v2;
    }
  }
}

/** What a word holds before its first marked write: plain initialisation included, since the first access saw it. */
function startOf(m: Machine, x: Execution, p: Ptr): number {
  for (let i = 0; i < x.length; i++) {
    const q = x.events[i]!;
    if (q.at === p && q.kind !== LOAD && q.kind !== AWAIT && q.kind !== CHOOSE) return q.old0;
    if (q.writes && q.at < p && p < q.at + q.n) break;
  }
  return imageWord(m.mem, p);
}
