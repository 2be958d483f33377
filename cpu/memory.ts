// SPDX-License-Identifier: GPL-2.0-only
/**
 * How a context reads and writes memory: loads forward from its buffer, stores enter it, and each touch is checked against what the frame
 * is and against the other contexts' accesses.
 *
 * Reference: Sewell et al., "x86-TSO" (CACM 2010); docs/design-notes.md, "Stores", "Torn".
 */
import { logEntry, logImage } from '../mmu/entry-log.ts';
import { FRAME_KIND_NAMES, FREE, FREED, isTableKind, kindOfSlot, LOCK_POISON } from '../mmu/frames.ts';
import { writeFrame, writeWord } from '../mmu/journal.ts';
import { frameOfSlot, pfnOfSlot, slotOfPageWord, slotOfWord } from '../mmu/phys-mem.ts';
import { FRAME_WORDS, type Ptr } from '../mmu/types.ts';
import type { Machine } from './machine.ts';
import { PAGE_CLEARED, PAGE_COPIED } from './meter.ts';
import { note, violate } from './report.ts';
import { CONTINUES, HALFWAY, MARKED, WIDE } from './store-buffer.ts';
import { CALLBACK, type Vcpu } from './vcpu.ts';
import { noteIssue, noteViews } from './views.ts';

/** What a load of the word would give the context now. */
export function read(c: Vcpu, p: Ptr): number {
  const i = c.buffer.newest(p);
  return i >= 0 ? c.buffer.valueAt(i, p) : c.m.mem.words[p]!;
}

/** The low half of the page-table entry that the word belongs to, or 0 if it is no part of one. */
export function entryOf(m: Machine, p: Ptr): Ptr {
  const slot = slotOfWord(m.mem, p);
  if (slot < 0 || !isTableKind(kindOfSlot(m.mem, slot))) return 0 as Ptr;
  const base = frameOfSlot(m.mem, slot);
  return (base + ((p - base) & ~1)) as Ptr;
}

/**
 * Refuses a touch of a frame that is not in use, and of a lock whose frame was freed: the frame by its kind, which the transition that frees it
 * sets with every word of it; the lock by its value, which is what a transition there depends on.
 */
export function checkTouch(c: Vcpu, p: Ptr): void {
  const { mem } = c.m;
  if (p < mem.pageBase) return;
  if (isFreedLock(c.m, p)) violate(c, 'freed-frame', `touch of ${c.m.nameOf(p)}, the lock of a page table that is freed`);
  const unused = unusedFrame(c.m, p);
  if (unused !== null) violate(c, 'freed-frame', `touch of ${unused}`);
}

/** The frame that the word lies in and what it is, if it is not in use. */
function unusedFrame({ mem }: Machine, p: Ptr): string | null {
  const slot = slotOfWord(mem, p);
  if (slot < 0) return null;
  const kind = kindOfSlot(mem, slot);
  if (kind !== FREE && kind !== FREED) return null;
  return `frame 0x${pfnOfSlot(mem, slot).toString(16).padStart(6, '0')}, which is ${FRAME_KIND_NAMES[kind]}`;
}

/** Is the word a lock in the struct page of a frame that is freed? */
export const isFreedLock = (m: Machine, p: Ptr): boolean => m.mem.words[p] === LOCK_POISON && slotOfPageWord(m.mem, p) >= 0;

/**
 * Notes one access for the race detector, after checking what it touches; `value` is what a store is about to leave. Page walks and accesses by linear
 * address race with nobody: what orders them is the flush, and a flush too few shows as the touch of a freed frame.
 */
export function touch(c: Vcpu, p: Ptr, writes: boolean, plain: boolean, value = 0): void {
  checkTouch(c, p);
  if (c.m.direct) return;
  const other = c.midway ? -1 : c.m.races.access(c.ctx, p, writes, plain);
  if (other >= 0) reportRace(c, p, writes, plain, value, c.m.contexts[other]!);
  if (c.m.trace !== null) c.m.trace.touched(c, p, writes, plain);
}

function reportRace(c: Vcpu, p: Ptr, writes: boolean, plain: boolean, value: number, o: Vcpu): never {
  const irq = o.id === c.id && o.role !== c.role && o.role < CALLBACK && c.role < CALLBACK;
  const how = `${plain ? 'plain' : 'marked'} ${writes ? 'write' : 'read'}`;
  c.m.trace?.raced(c, o, p, writes, plain, value);
  const by = `${c.m.contextName(c)} races with ${c.m.contextName(o)}`;
  violate(c, irq ? 'irq-race' : 'data-race', `${how} of ${c.m.nameOf(p)} by ${by}`, o.ctx);
}

export function plainRead(c: Vcpu, p: Ptr): number {
  touch(c, p, false, true);
  return c.m.direct ? c.m.mem.words[p]! : read(c, p);
}

export function plainWrite(c: Vcpu, p: Ptr, v: number): void {
  if (!c.m.direct) touch(c, p, true, true, v);
  // A plain store is no transition, so a wait could not be judged at another place of the execution.
  if (c.m.waited.has(p)) violate(c, 'check', `plain store to ${c.m.nameOf(p)}, which is waited for: it must be a marked one`);
  issue(c, p, v, 0, 0);
}

/** Do walks go through the context's buffer? */
const hasWalks = (c: Vcpu): boolean => c.m.tlbs.length > 0 && c.role < CALLBACK && c.m.walkers[c.id]!;

/** Would a store to the word be seen by own walks? */
export const isWalked = (c: Vcpu, p: Ptr): boolean => hasWalks(c) && !c.m.direct && entryOf(c.m, p) !== 0;

/**
 * Is it the store of an access by linear address? That it enters the buffer is no transition, so what its frame is is looked at where it drains: that
 * is ordered with the end of the frame.
 */
const isLinear = (c: Vcpu, p: Ptr): boolean => c.midway && entryOf(c.m, p) === 0;

/** A store enters the buffer. */
export function issue(c: Vcpu, p: Ptr, lo: number, hi: number, flags: number): void {
  const { m } = c;
  if (m.direct) {
    c.turn = progress(c);
    m.seq++;
    checkTouch(c, p);
    writeWord(m.mem, p, lo);
    if ((flags & WIDE) !== 0) writeWord(m.mem, (p + 1) as Ptr, hi);
    if (m.meter !== null) m.meter.stored(c, p);
    return;
  }
  const site = m.trace === null ? 0 : m.trace.site();
  if ((flags & MARKED) !== 0) {
    if (!isLinear(c, p)) touch(c, p, true, false, lo);
    if ((flags & WIDE) !== 0) touch(c, (p + 1) as Ptr, true, false, hi);
    m.races.publish(c.ctx, c.buffer.stores);
  }
  c.buffer.push(p, lo, hi, c.midway ? flags | CONTINUES : flags, c.place, site);
  c.turn = progress(c);
  if (hasWalks(c) && entryOf(m, p) !== 0) noteIssue(c, entryOf(m, p));
}

/** What `Vcpu.turn` becomes with a write: another value each time. A store is no transition, so the buffer counts too. */
export const progress = (c: Vcpu): number => -2 - c.m.seq - c.buffer.issued;

/** What the context does next waits until everything that it has stored is in memory. */
export function fence(c: Vcpu): void {
  if (c.m.direct) return;
  c.need = c.buffer.stores;
  c.fenced = c.buffer.issued;
  c.m.races.fence(c.ctx);
}

/** What the context does next waits until its own stores to the entry are in memory: all of them, so that it is ordered behind those that are there already. */
export function drainFirst(c: Vcpu, entry: Ptr): void {
  const b = c.buffer;
  for (let i = b.issued - 1; i >= 0; i--) {
    if (!b.covers(i, entry) && !b.covers(i, (entry + 1) as Ptr)) continue;
    if ((b.flags[i]! & MARKED) === 0) fence(c);
    else c.need = Math.max(c.need, b.marked.subarray(0, b.stores).indexOf(i) + 1);
    return;
  }
}

/** A value reaches memory: `wide` words, and for a page-table entry a line in its log unless it is only half a value. */
export function commit(m: Machine, p: Ptr, lo: number, hi: number, wide: boolean, halfway: boolean): void {
  const { mem } = m;
  const entry = entryOf(m, p);
  const oldLo = mem.words[entry]!;
  const oldHi = mem.words[entry + 1]!;
  writeWord(mem, p, lo);
  if (wide) writeWord(mem, (p + 1) as Ptr, hi);
  if (entry === 0) return;
  noteViews(m, entry, oldLo, oldHi);
  if (halfway) logImage(m.entries, entry, oldLo, oldHi);
  else logEntry(m.entries, entry, m.seq, oldLo, oldHi, mem.words[entry]!, mem.words[entry + 1]!);
}

function leave(c: Vcpu): void {
  const b = c.buffer;
  const i = b.left++;
  const flags = b.flags[i]!;
  const at = b.at[i]! as Ptr;
  const wide = (flags & WIDE) !== 0;
  const unused = (flags & CONTINUES) !== 0 ? unusedFrame(c.m, at) : null;
  if (unused !== null) note(c, 'freed-frame', `user code stores to ${unused}`);
  commit(c.m, at, b.lo[i]!, b.hi[i]!, wide, (flags & HALFWAY) !== 0);
  if ((flags & MARKED) === 0) return;
  c.m.races.drained(c.ctx, b.drained, at);
  if (wide) c.m.races.drained(c.ctx, b.drained, (at + 1) as Ptr);
  b.drained++;
}

/** Entries leave up to and including the oldest marked one. */
export function drainOne(c: Vcpu): void {
  const last = c.buffer.marked[c.buffer.drained]!;
  while (c.buffer.left <= last) leave(c);
}

/** The plain entries before the last fence leave: the marked ones have. */
export function leaveFenced(c: Vcpu): void {
  while (c.buffer.left < c.fenced) leave(c);
}

/** A frame that nobody else can see yet is filled with one value, without going through the buffer. */
export function fillPrivateFrame(c: Vcpu, slot: number, value: number): void {
  c.m.meter?.worked(c, PAGE_CLEARED);
  writePrivateFrame(c, slot, value);
}

function writePrivateFrame(c: Vcpu, slot: number, value: number): void {
  if (!c.m.direct) c.m.races.accessFrame(c.ctx, slot);
  writeFrame(c.m.mem, frameOfSlot(c.m.mem, slot), value);
}

/** The same with what another frame holds, right after a `loadRange` of that. */
export function copyPrivateFrame(c: Vcpu, to: number, from: number): void {
  c.m.meter?.worked(c, PAGE_COPIED);
  const { mem } = c.m;
  if (!c.m.direct) writePrivateFrame(c, to, 0);
  mem.words.copyWithin(frameOfSlot(mem, to), frameOfSlot(mem, from), frameOfSlot(mem, from) + FRAME_WORDS);
}

/** Everything leaves: what waits for an empty buffer finds only plain entries in it. */
export function leaveAll(c: Vcpu): void {
  while (c.buffer.left < c.buffer.issued) leave(c);
}
