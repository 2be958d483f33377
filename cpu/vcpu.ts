// SPDX-License-Identifier: GPL-2.0-only
/**
 * A context: one flow of control on a vCPU. Each vCPU has its program, its interrupt handler and, on a machine with NMIs, its NMI handler;
 * a deferred callback has a context of its own and no vCPU. Code is handed its context and touches the machine only through it. The operation that a context is about to do lies
 * in its fields, so that nothing is passed through the generators.
 *
 * Reference: Intel SDM Vol. 3A 6.8 (EFLAGS.IF); docs/design-notes.md, "Contexts".
 */
import { NO_FAULT } from '../mmu/fault.ts';
import type { Ptr } from '../mmu/types.ts';
import type { Machine } from './machine.ts';
import type { RmwFn } from './rmw.ts';
import { StoreBuffer } from './store-buffer.ts';

/** Code that runs on a context: nothing is yielded, the pending operation lies in the Vcpu. */
export type Code<T = void> = Generator<void, T, void>;

export const PROGRAM = 0;
export const HANDLER = 1;
export const NMI = 2;
export const CALLBACK = 3;
/** A page walker that nobody asked to walk. */
export const SPECULATION = 4;

/** Is it one of those that interrupt: the handler or the NMI handler of a vCPU? */
export const isHandler = (c: Vcpu): boolean => c.role === HANDLER || c.role === NMI;

export class Vcpu {
  readonly m: Machine;
  /** Number of the context. */
  readonly ctx: number;
  /** Number of the vCPU; for a callback that of the one that deferred it, for speculation that of none. */
  readonly id: number;
  readonly role: number;
  /** The machine's memory, which every operation is about. */
  readonly words: Int32Array;

  // The pending operation; see footprint.ts for the meaning of the fields.
  kind = 0;
  at = 0 as Ptr;
  n = 0;
  fn = 0 as RmwFn;
  a0 = 0;
  a1 = 0;
  a2 = 0;
  a3 = 0;
  mask = 0;
  want = 0;
  /** Nobody uses the result. */
  quiet = false;
  grace: Int32Array | null = null;
  spawns = -1;

  /** What the last operation read: one word, or the low and high half. */
  value = 0;
  hi = 0;

  /** Second results of functions that have several, as registers: read at once after the call. */
  out = 0;
  outLo = 0;
  outHi = 0;

  readonly buffer = new StoreBuffer();
  /** Own marked stores that must have drained before the pending operation. */
  need = 0;
  /** Buffer entries, plain ones too, that were issued before the last fence. */
  fenced = 0;
  /** Transitions run so far. */
  place = 0;
  /** EFLAGS.IF of the program. A handler runs with IF = 0. */
  irqsOn = false;
  /** STIs issued so far: the value of the sti word once they have drained. */
  stis = 0;
  /** Depth of sections that hold up callbacks, and how many outermost ones have ended. */
  sections = 0;
  sectionsEnded = 0;
  /** Callbacks deferred so far. */
  deferred = 0;
  /** The pending operation goes on with an instruction that has had a transition already. */
  midway = false;
  /** Error code of the last user access, or NO_FAULT. */
  fault = NO_FAULT;
  /** Waiting in HLT. */
  halted = false;
  /** Nothing is left to do here but to serve interrupts. */
  idle = false;
  /** Running code; a vCPU has one for each task. */
  tasks: Code[] = [];
  task = 0;
  /** What a callback context will run once its grace period has ended. */
  callback: ((c: Vcpu, arg: number) => Code) | null = null;
  callbackArg = 0;
  /** Trace site of the pending operation. */
  site = 0;

  // The lockless read of a page-table entry in progress, and the last torn pair that one returned.
  readAt = 0 as Ptr;
  readFrom = -1;
  readTo = -1;
  tornAt = 0 as Ptr;
  tornLo = 0;
  tornHi = 0;

  /** What a loop has read since its last turn; see cpuRelax. */
  turn = 0;
  lastTurn = 0;

  constructor(m: Machine, ctx: number, id: number, role: number) {
    this.m = m;
    this.ctx = ctx;
    this.id = id;
    this.role = role;
    this.words = m.mem.words;
  }

  reset(): void {
    this.kind = this.n = this.value = this.hi = this.need = this.place = this.stis = this.sections = this.sectionsEnded = this.task = 0;
    this.site = this.turn = this.lastTurn = this.deferred = this.fenced = 0;
    this.at = this.readAt = this.tornAt = 0 as Ptr;
    this.readFrom = this.readTo = -1;
    this.irqsOn = this.role === PROGRAM;
    this.grace = null;
    this.callback = null;
    this.halted = this.idle = this.midway = false;
    this.spawns = -1;
    this.buffer.reset();
    while (this.tasks.length > 0) this.tasks.pop(); // setting the length costs more
  }
}
