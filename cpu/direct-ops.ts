// SPDX-License-Identifier: GPL-2.0-only
/**
 * The operations of cpu/ops, on a machine that runs in program order: each is a plain access to the words, performed at once. The erased build has this file
 * in the place of cpu/ops. Whatever has to wait, or concerns more than a word or two, goes the general way of cpu/direct.
 *
 * As there, an entry is held against what its frame is. What is not kept is what only an engine asks for that looks at operations from outside:
 * which one is pending, and what a context has read.
 *
 * Reference: docs/design-notes.md, "Hot path"; Intel SDM Vol. 2 (the locked instructions).
 */
import { FREE, FREED, kindOfSlot } from '../mmu/frames.ts';
import { FRAME_SHIFT, FRAME_WORDS, type Ptr } from '../mmu/types.ts';
import { args, arm } from './arm.ts';
import { serve } from './direct.ts';
import { ACQUIRE, AWAIT, BLOCK, RANGE, SWITCH } from './kinds.ts';
import { checkTouch } from './memory.ts';
import { ADD, AND, OR, type RmwFn, XCHG } from './rmw.ts';
import type { Vcpu } from './vcpu.ts';

/**
 * The low half of an entry, if its table is in use. Of entries alone, since tables are what is taken away here: a kernel object is reached through something
 * that refers to it, and asking at each of its words would double the time of a collapse.
 */
function entryHeld(c: Vcpu, p: Ptr): number {
  const { mem } = c.m;
  if (p >= mem.frameBase) {
    const kind = kindOfSlot(mem, (p - mem.frameBase) >>> FRAME_SHIFT);
    if (kind === FREE || kind === FREED) checkTouch(c, p);
  }
  return mem.words[p]!;
}

/** What a locked operation without conditions leaves. */
const applied = (fn: RmwFn, old: number, a: number): number =>
  fn === ADD ? old + a : fn === OR ? old | a : fn === AND ? old & a : fn === XCHG ? a : old ^ a;

export function mfence(_c: Vcpu): void {}

export function load(c: Vcpu, p: Ptr): number {
  return c.words[p]! >>> 0;
}

export function load64(c: Vcpu, p: Ptr): number {
  c.hi = c.words[p + 1]!;
  return entryHeld(c, p) >>> 0;
}

export function store(c: Vcpu, p: Ptr, v: number): void {
  c.words[p] = v;
}

export const storeHalf = store;
export const storeUnwalked = store;

export function store64(c: Vcpu, p: Ptr, lo: number, hi: number): void {
  entryHeld(c, p);
  const { words } = c;
  words[p] = lo;
  words[p + 1] = hi;
}

export function rmw(c: Vcpu, p: Ptr, fn: RmwFn, a: number): number {
  const { words } = c;
  const old = words[p]!;
  words[p] = applied(fn, old, a);
  return old >>> 0;
}

export function update(c: Vcpu, p: Ptr, fn: RmwFn, a: number): void {
  const { words } = c;
  words[p] = applied(fn, words[p]!, a);
}

export function cmpxchg(c: Vcpu, p: Ptr, old: number, v: number): number {
  const { words } = c;
  const value = words[p]!;
  if (value === (old | 0)) words[p] = v;
  return value >>> 0;
}

export function cmpxchg8b(c: Vcpu, p: Ptr, oldLo: number, oldHi: number, lo: number, hi: number): boolean {
  const { words } = c;
  c.value = entryHeld(c, p);
  c.hi = words[p + 1]!;
  if (c.value !== (oldLo | 0) || c.hi !== (oldHi | 0)) return false;
  words[p] = lo;
  words[p + 1] = hi;
  return true;
}

export function xchg64(c: Vcpu, p: Ptr, lo: number, hi: number): number {
  const { words } = c;
  const old = entryHeld(c, p);
  c.hi = words[p + 1]!;
  words[p] = lo;
  words[p + 1] = hi;
  return old >>> 0;
}

export function waitRmw(c: Vcpu, p: Ptr, mask: number, value: number, fn: RmwFn, a: number): number {
  const { m } = c;
  if (++m.seq >= m.nextBeat || (c.words[p]! & mask) !== (value | 0)) {
    arm(c, ACQUIRE, p, 1);
    args(c, fn, a, 0, 0, 0);
    c.mask = mask | 0;
    c.want = value | 0;
    m.runNow(c);
    return c.value >>> 0;
  }
  return rmw(c, p, fn, a);
}

export function waitUpdate(c: Vcpu, p: Ptr, mask: number, value: number, fn: RmwFn, a: number): void {
  waitRmw(c, p, mask, value, fn, a);
}

export function waitLoad(c: Vcpu, p: Ptr, mask: number, value: number): number {
  const old = c.words[p]!;
  if ((old & mask) === (value | 0)) return old >>> 0;
  arm(c, AWAIT, p, 1);
  c.mask = mask | 0;
  c.want = value | 0;
  c.m.runNow(c);
  return c.value >>> 0;
}

export function markEntry(c: Vcpu, entry: Ptr, lo: number, hi: number, bits: number): boolean {
  return cmpxchg8b(c, entry, lo, hi, lo | bits, hi);
}

/** Nothing is explored: the first alternative. */
export function choose(_c: Vcpu, _n: number): number {
  return 0;
}

/** Turns of a loop without a lock taken after which whom it waits for is never going to come. */
const MOST_TURNS = 1 << 20;

/** Whoever is waited for runs now. */
export function cpuRelax(c: Vcpu): void {
  c.turn = c.m.seq === c.lastTurn ? c.turn + 1 : 0;
  c.lastTurn = c.m.seq;
  if (!serve(c.m)) assume(c, c.turn < MOST_TURNS);
}

export function assume(c: Vcpu, ok: boolean): void {
  if (ok) return;
  arm(c, BLOCK, 0 as Ptr, 0);
  c.m.runNow(c);
}

export function fillRange(c: Vcpu, frame: Ptr, value: number): void {
  arm(c, RANGE, frame, FRAME_WORDS);
  c.a0 = value;
  c.m.runNow(c);
}

export function loadRange(_c: Vcpu, _frame: Ptr): void {}

/** Nobody counts time here. */
export function elapse(_c: Vcpu): void {}

export function switchTask(c: Vcpu, task: number): void {
  c.kind = SWITCH;
  c.a0 = task;
  c.m.runNow(c);
}

export function peek(c: Vcpu, p: Ptr): number {
  return c.words[p]! >>> 0;
}

export const poke = store;
