// SPDX-License-Identifier: GPL-2.0-only
/**
 * Performing the operation that a context has pending.
 * Reference: Intel SDM Vol. 3A 9.2.3 (locked operations), Vol. 2.
 */
import { writeFrame } from '../mmu/journal.ts';
import { slotOfWord } from '../mmu/phys-mem.ts';
import type { Ptr } from '../mmu/types.ts';
import { ACQUIRE, AWAIT, CHOOSE, ELAPSE, INVALIDATE, ISSUE, LOAD, RANGE, WALK } from './kinds.ts';
import { commit, entryOf, leaveAll, leaveFenced, progress, read, touch } from './memory.ts';
import { violate } from './report.ts';
import { after, applyRmw, commutes, ENTER, EXIT } from './rmw.ts';
import type { Vcpu } from './vcpu.ts';
import { noteFreed } from './views.ts';
import { performInvalidate, performWalk } from './walks.ts';

/** An int32: V8 would make an object of a greater number at each load. Two reads of one word that differ never give the same. */
const mix = (h: number, v: number): number => Math.imul(h ^ v, 0x01000193);

export function perform(c: Vcpu, choice: number): void {
  if (c.kind === AWAIT || c.kind === ACQUIRE) c.m.waited.add(c.at);
  switch (c.kind) {
    case CHOOSE:
      c.value = choice;
      return;
    case LOAD:
    case AWAIT:
      performLoad(c);
      return;
    case RANGE:
      performRange(c);
      return;
    case WALK:
      performWalk(c);
      return;
    case INVALIDATE:
      performInvalidate(c);
      return;
    case ISSUE: // the store follows
    case ELAPSE:
      return;
    default:
      performLocked(c);
  }
}

function performLoad(c: Vcpu): void {
  const { m, at } = c;
  for (let i = 0; i < c.n; i++) {
    touch(c, (at + i) as Ptr, false, false);
    m.races.acquire(c.ctx, (at + i) as Ptr, false);
  }
  c.value = read(c, at);
  if (c.n === 2) c.hi = read(c, (at + 1) as Ptr);
  c.turn = mix(mix(c.turn, at), c.value);
  if (c.readAt !== 0 && entryOf(m, at) === c.readAt) {
    if (c.readFrom < 0) c.readFrom = m.seq;
    c.readTo = m.seq;
  }
}

function performLocked(c: Vcpu): void {
  const { m, at, fn, n } = c;
  const { words } = m.mem;
  leaveFenced(c);
  c.value = words[at]!;
  c.hi = words[at + 1]!;
  const writes = applyRmw(fn, c.a0, c.a1, c.a2, c.a3, c.value, c.hi, words[at + 2]!);
  const commuting = m.commuting && c.quiet && commutes(fn);
  const v0 = after[0]!;
  const v1 = after[1]!;
  const v2 = after[2]!;
  for (let i = 0; i < n; i++) {
    touch(c, (at + i) as Ptr, writes, false, i === 0 ? v0 : v1);
    m.races.acquire(c.ctx, (at + i) as Ptr, commuting);
  }
  c.turn = writes ? progress(c) : mix(mix(c.turn, at), c.value);
  if (!writes) return;
  const all = c.fenced === c.buffer.issued;
  for (let i = 0; i < n; i++) m.races.release(c.ctx, (at + i) as Ptr, all, commuting);
  if (fn === ENTER) {
    commit(m, at, v0, 0, false, true);
    commit(m, (at + 2) as Ptr, v2, 0, false, true);
  } else commit(m, at, v0, v1, n === 2, false);
  if (fn === EXIT) c.value = 0;
}

/** A frame is given back: every word of it is written. */
function performRange(c: Vcpu): void {
  const { m } = c;
  leaveAll(c);
  const slot = slotOfWord(m.mem, c.at);
  const other = m.races.accessFrame(c.ctx, slot);
  noteFreed(m, c.at);
  writeFrame(m.mem, c.at, c.a0);
  if (other < 0) return;
  m.trace?.racedFrame(c, m.contexts[other]!);
  violate(c, 'data-race', `${m.contextName(c)} gives back a frame that ${m.contextName(m.contexts[other]!)} is using`, other);
}
