// SPDX-License-Identifier: GPL-2.0-only
/**
 * What each actor would do next: whether it can, and its footprint, before it is run.
 * Reference: docs/design-notes.md, "Dependence".
 */
import type { Ptr } from '../mmu/types.ts';
import { type Footprint, mayAcquire, satisfied, summarise } from './footprint.ts';
import { ACQUIRE, AWAIT, BLOCK, CHOOSE, DEAD, DRAIN, END, LOAD, RANGE, WALK } from './kinds.ts';
import type { Machine } from './machine.ts';
import { entryOf, read } from './memory.ts';
import { after, applyRmw, commutes } from './rmw.ts';
import { CONTINUES, WIDE } from './store-buffer.ts';
import { CALLBACK, type Vcpu } from './vcpu.ts';
import { describeTable } from './walks.ts';

/** May the context take its next operation? */
export function isReady(c: Vcpu): boolean {
  if (c.kind === END || c.kind === BLOCK || c.kind === DEAD || c.buffer.drained < c.need) return false;
  if (c.kind === AWAIT) return c.grace === null ? satisfied(c.mask, c.want, read(c, c.at)) : graceEnded(c);
  if (c.kind !== ACQUIRE) return true;
  const { words } = c.m.mem;
  return mayAcquire(c.fn, c.mask, c.want, words[c.at]!, words[c.at + 1]!, words[c.at + 2]!);
}

function graceEnded(c: Vcpu): boolean {
  const { words } = c.m.mem;
  for (let i = 0; i < c.n; i++) if (words[c.at + i]! < c.grace![i]!) return false;
  return true;
}

export function describe(m: Machine, actor: number, f: Footprint): void {
  const T = m.contexts.length;
  f.actor = actor;
  f.ctx = actor < T ? actor : actor - T;
  f.commute = -1;
  f.snap = null;
  f.grace = null;
  f.spawns = -1;
  f.store = -1;
  f.own0 = f.own1 = -1;
  f.ord0 = f.ord1 = 0;
  f.choice = 0;
  f.watch = 0;
  f.writes = false;
  f.v0 = f.v1 = f.v2 = 0;
  f.pageBits = f.exposed = 0;
  const c = m.contexts[f.ctx]!;
  f.cpu = c.role < CALLBACK ? c.id : -1;
  if (actor >= T) describeDrain(m, c, f);
  else describeProgram(m, c, f);
  f.lo = f.at;
  f.span = f.n;
  const entry = f.n > 0 && f.n <= 2 ? entryOf(m, f.at) : (0 as Ptr);
  if (entry !== 0) {
    f.lo = entry;
    f.span = 2;
    f.ord0 = f.ord1 = 0;
  }
  if (m.tlbs.length > 0 && (entry !== 0 || f.kind === RANGE)) describeTable(m, f, f.kind === RANGE);
  if (!m.forwarding) f.ord0 = f.ord1 = 0;
  if (f.writes && m.always.length > 0) f.watch = watched(m, f);
  if (!m.handlersApart && f.cpu >= 0) f.watch |= 1 << (31 - f.cpu);
  summarise(f);
}

function describeDrain(m: Machine, c: Vcpu, f: Footprint): void {
  const b = c.buffer;
  const i = b.marked[b.drained]!;
  f.kind = DRAIN;
  f.place = b.drained + 1;
  f.at = b.at[i]! as Ptr;
  f.n = (b.flags[i]! & WIDE) !== 0 ? 2 : 1;
  f.writes = true;
  f.continues = (b.flags[i]! & CONTINUES) !== 0;
  f.store = b.drained;
  f.issuedAt = b.issuedAt[i]!;
  f.need = 0;
  f.old0 = m.mem.words[f.at]!;
  f.v0 = b.lo[i]!;
  f.v1 = b.hi[i]!;
  f.snap = snapshot(m, f.at, f.n);
}

function describeProgram(m: Machine, c: Vcpu, f: Footprint): void {
  const { words } = m.mem;
  f.kind = c.kind;
  f.place = c.place + 1;
  f.at = c.at;
  f.n = c.n;
  f.need = c.need;
  f.spawns = c.spawns;
  f.continues = c.midway;
  if (c.kind >= WALK) {
    f.a0 = c.a0;
    f.a1 = c.a1;
    return;
  }
  if (c.kind === CHOOSE) {
    f.alternatives = c.a0;
    return;
  }
  if (c.kind === LOAD || c.kind === AWAIT) {
    f.old0 = read(c, c.at);
    f.mask = c.mask;
    f.want = c.want;
    f.grace = c.grace;
    if (c.buffer.stores > 0 && c.n <= 2) ownStores(c, f);
    return;
  }
  f.fn = c.fn;
  f.a0 = c.a0;
  f.a1 = c.a1;
  f.a2 = c.a2;
  f.a3 = c.a3;
  f.old0 = words[c.at]!;
  if (c.kind === RANGE) {
    f.writes = true;
    f.v0 = c.a0;
    return;
  }
  f.mask = c.mask;
  f.want = c.want;
  f.writes = applyRmw(c.fn, c.a0, c.a1, c.a2, c.a3, f.old0, words[c.at + 1]!, words[c.at + 2]!);
  f.v0 = after[0]!;
  f.v1 = after[1]!;
  f.v2 = after[2]!;
  if (m.commuting && c.quiet && commutes(c.fn)) f.commute = c.fn;
  if (f.writes) f.snap = snapshot(m, f.at, f.n);
}

/** For each word of a load: the newest own store to it, and how many there were. */
function ownStores(c: Vcpu, f: Footprint): void {
  const b = c.buffer;
  for (let k = 0; k < b.stores; k++) {
    const i = b.marked[k]!;
    const at = b.at[i]!;
    const end = at + ((b.flags[i]! & WIDE) !== 0 ? 2 : 1);
    if (at <= f.at && f.at < end) {
      f.own0 = k;
      f.ord0++;
    }
    if (f.n === 2 && at <= f.at + 1 && f.at + 1 < end) {
      f.own1 = k;
      f.ord1++;
    }
  }
}

/** How many stores to each word each context has drained. */
function snapshot(m: Machine, at: Ptr, n: number): Int32Array | null {
  const T = m.contexts.length;
  let snap: Int32Array | null = null;
  for (let t = 0; t < T; t++) {
    const b = m.contexts[t]!.buffer;
    for (let k = 0; k < b.drained; k++) {
      const i = b.marked[k]!;
      const from = b.at[i]!;
      const end = from + ((b.flags[i]! & WIDE) !== 0 ? 2 : 1);
      for (let w = 0; w < n; w++) if (from <= at + w && at + w < end) (snap ??= new Int32Array(n * T))[w * T + t]!++;
    }
  }
  return snap;
}

function watched(m: Machine, f: Footprint): number {
  let bits = 0;
  m.always.forEach((check, i) => {
    if (check.cells.some((p) => p >= f.at && p < f.at + f.n)) bits |= 1 << i;
  });
  return bits;
}
