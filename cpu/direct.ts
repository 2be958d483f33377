// SPDX-License-Identifier: GPL-2.0-only
/**
 * Operations performed on the spot, in program order, every store at once: what set-up and the direct engine run on. One flow of control runs at a
 * time; one that waits first lets the handlers of other vCPUs take what is pending, and callbacks run whose grace period has ended. That is one legal
 * execution, so nothing is looked for that only another one could show: no races, no torn pairs.
 *
 * Reference: docs/design-notes.md, "Starting, replaying, erasing"; Intel SDM Vol. 3A 6.8.1 (interrupts are taken with IF = 1).
 */

import { writeFrame, writeWord } from '../mmu/journal.ts';
import type { Ptr } from '../mmu/types.ts';
import { wouldBlock } from './deadlock.ts';
import { perform } from './execute.ts';
import { armEntry, armReturn } from './interrupts.ts';
import { ACQUIRE, AWAIT, BLOCK, END, LOAD, RANGE, RMW } from './kinds.ts';
import type { Machine } from './machine.ts';
import { checkTouch } from './memory.ts';
import { isReady } from './next.ts';
import { after, applyRmw } from './rmw.ts';
import type { Code, Vcpu } from './vcpu.ts';

const mix = (h: number, v: number): number => Math.imul(h ^ v, 0x01000193);

/** Performs the pending operation. @throws Defect if it would wait for ever */
export function runAtOnce(c: Vcpu): void {
  const { m, kind, at } = c;
  if (++m.seq >= m.nextBeat) m.onBeat!(m);
  if (kind === LOAD) {
    look(c);
    return;
  }
  if (kind === RMW) {
    modify(c);
    return;
  }
  if (c.kind === BLOCK || !isReady(c)) {
    m.watcher?.waits(c);
    do if (!serve(m)) throw wouldBlock(c);
    while (c.kind !== BLOCK && !isReady(c));
    m.watcher?.goesOn(c);
    if (c.kind === BLOCK) return;
  }
  if (kind === RANGE) writeFrame(m.mem, at, c.a0);
  else if (kind === ACQUIRE) modify(c);
  else if (kind === AWAIT) look(c);
  else perform(c, 0);
}

function look(c: Vcpu): void {
  const { at } = c;
  const { words } = c.m.mem;
  checkTouch(c, at);
  c.value = words[at]!;
  c.hi = words[at + 1]!;
  c.turn = mix(mix(c.turn, at), c.value);
}

function modify(c: Vcpu): void {
  const { at } = c;
  const { mem } = c.m;
  look(c);
  if (!applyRmw(c.fn, c.a0, c.a1, c.a2, c.a3, c.value, c.hi, mem.words[at + 2]!)) return;
  c.turn = -2 - c.m.seq;
  for (let i = 0; i < c.n; i++) writeWord(mem, (at + i) as Ptr, after[i]!);
}

/** Runs code to its end. In the erased build it has run already, and this is what it returned. */
export function drive<T>(c: Vcpu, code: Code<T>): T {
  if (typeof code !== 'object' || code === null || typeof code.next !== 'function') return code as T;
  for (;;) {
    const step = code.next();
    if (step.done === true) return step.value;
    runAtOnce(c);
  }
}

/** Takes every interrupt that can be taken; if there is none, runs every callback that is due. @returns whether there was any */
export function serve(m: Machine): boolean {
  let any = false;
  if (m.handler !== null && m.interrupts) for (let i = 0; i < m.cpus; i++) any = interrupt(m, m.contexts[m.cpus + i]!) || any;
  if (any) return true;
  for (let cpu = 0; cpu < m.cpus; cpu++) {
    const first = m.firstCallback + cpu * m.callbacks;
    for (let i = 0; i < m.contexts[cpu]!.deferred; i++) any = callBack(m.contexts[first + i]!) || any;
  }
  return any;
}

function interrupt(m: Machine, c: Vcpu): boolean {
  armEntry(c);
  if (!isReady(c)) return false;
  modify(c);
  const vector = 31 - Math.clz32(c.value);
  m.watcher?.enters(c, vector);
  drive(c, m.handler!(c, vector));
  armReturn(c);
  modify(c);
  m.watcher?.leaves(c);
  return true;
}

function callBack(c: Vcpu): boolean {
  const { callback } = c;
  if (callback === null || !isReady(c)) return false;
  c.callback = null;
  c.kind = END;
  drive(c, callback(c, c.callbackArg));
  return true;
}

/** Makes the context of a callback that has run free for another. */
export function recycle(c: Vcpu): void {
  const { m } = c;
  const first = m.firstCallback + c.id * m.callbacks;
  while (serve(m));
  for (let i = first; i < first + m.callbacks; i++) if (m.contexts[i]!.callback !== null) return;
  c.deferred = 0;
}
