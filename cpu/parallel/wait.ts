// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a thread does between operations and while it waits: it takes its interrupts, gives way, and after some turns lets the host have the core. A waiter
 * whose interrupts are on never keeps others waiting for it.
 *
 * Reference: docs/design-notes.md, "Waiting"; Intel SDM Vol. 3A 6.8.1 (interrupts are taken with IF = 1).
 */
import type { Ptr } from '../../mmu/types.ts';
import { IRQ_WORDS, irqWord, PENDING } from '../interrupts.ts';
import type { Vcpu } from '../vcpu.ts';
import { LOCK_WAITS, ORDER, TELL, WAITS_AT } from './board.ts';
import { self } from './self.ts';

/** Turns that spin: some microseconds. */
const SPINS = 300;
/** Then each turn sleeps, in ms, unless an interrupt comes; longer once it is likely that whom it waits for has no core. */
const NAP = 0.1;
const LONG_NAP = 1;
const NAPS = 10;

/** What somebody waits for who does not wait for a word: an idle vCPU for an interrupt; one in a loop, for nothing. */
export const IDLE = -1 as Ptr;
export const NOTHING = 0 as Ptr;

/** Asked to say what it waits for: the engine has given the run up. */
export class Stuck extends Error {
  override name = 'Stuck';
  readonly c: Vcpu;
  readonly at: Ptr;

  constructor(c: Vcpu, at: Ptr) {
    super('the run was given up');
    this.c = c;
    this.at = at;
  }
}

/** Operations between two looks at the order: a loop that never ends is to notice it too. */
const LOOK = 2 ** 20;
let operations = 0;

/** An operation has ended: interrupts may be taken. */
export function poll(c: Vcpu): void {
  const { m } = c;
  if ((++operations & (LOOK - 1)) === 0 && Atomics.load(self.board, ORDER) === TELL) throw new Stuck(c, NOTHING);
  if (c.irqsOn && m.mem.words[m.irqBase + c.id * IRQ_WORDS + PENDING] !== 0) takeInterrupts(c);
}

/** Every interrupt that is pending, the highest vector first. @returns whether there was any */
export function takeInterrupts(c: Vcpu): boolean {
  const { m } = c;
  const at = irqWord(c, c.id, PENDING);
  const h = m.contexts[m.cpus + c.id]!;
  let any = false;
  for (let pending = Atomics.load(m.mem.words, at); pending !== 0; pending = Atomics.load(m.mem.words, at)) {
    const vector = 31 - Math.clz32(pending);
    Atomics.and(m.mem.words, at, ~(1 << vector));
    m.handler!(h, vector);
    any = true;
  }
  return any;
}

/** One turn of a wait for the word at `at`. @param turn counts from 0 */
export function relax(c: Vcpu, at: Ptr, turn: number): void {
  const { board, row } = self;
  poll(c);
  if (turn === SPINS) board[row + WAITS_AT] = at;
  if (turn < SPINS) {
    if ((turn & 15) === 15) self.giveWay(c);
    return;
  }
  self.giveWay(c);
  if (Atomics.load(board, ORDER) === TELL) throw new Stuck(c, at);
  Atomics.wait(c.m.mem.words, irqWord(c, c.id, PENDING), 0, turn < SPINS + NAPS ? NAP : LONG_NAP);
}

/** The wait is over. */
export function relaxed(turns: number): void {
  if (turns > SPINS) self.board[self.row + WAITS_AT] = 0;
}

/** The same, for a lock. */
export function waited(turns: number): void {
  self.board[self.row + LOCK_WAITS]!++;
  relaxed(turns);
}
