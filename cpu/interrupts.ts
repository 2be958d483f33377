// SPDX-License-Identifier: GPL-2.0-only
/**
 * Interrupts as words of ghost memory for each vCPU, so that delivery, masking and halting are ordinary transitions:
 *
 *   pending  one bit a vector; an IPI is an or
 *   sti      how many STIs have reached memory: STI is a store through the buffer, so what was stored with IF = 0 drains before an
 *            interrupt can be taken
 *   gate     how many CLIs there were, and in the top bit whether a handler is in progress; CLI waits for that bit to be clear
 *   wake     set when a handler returns; HLT waits for it, or for the next
 *   NMI wake, NMI pending: the same for NMIs
 *
 * Entry needs pending !== 0 and gate === sti. The handler is a context of its own. Here it excludes its program only where the program
 * runs with IF = 0; that no program transition with IF = 1 falls between entry and return is settled for the whole execution by
 * src/engines/explore/realisable.ts.
 *
 * An NMI is taken whatever IF is, and between two instructions of the program or of the interrupt handler: its handler is a third context.
 * While that runs, no NMI is taken, since it has one flow of control; one more may become pending. Nor is an interrupt, for IF = 0: that the
 * program and the interrupt handler stand still, and the latter does not begin, is settled in the same place.
 *
 * Reference: Intel SDM Vol. 3A 6.7, 6.7.1 (NMIs are blocked until IRET), 6.8.1 (IF), 11.6 (issuing IPIs), 11.8.4 (IRR, priority), Vol. 2 HLT
 * and STI (the one-instruction shadow).
 * Not modelled: ISR nesting and EOI (one interrupt handler at a time, so no vector is masked by another), faults in an NMI handler, whose IRET
 * would let the next NMI in, SMI, TPR.
 */
import type { Ptr } from '../mmu/types.ts';
import { ACQUIRE, RMW } from './kinds.ts';
import { fence, issue } from './memory.ts';
import { ADD, ENTER, ENTER_NMI, EXIT, EXIT_NMI, GATE_BUSY, HALT, isReturn, OR, type RmwFn, XCHG8B } from './rmw.ts';
import { MARKED } from './store-buffer.ts';
import { type Code, isHandler, NMI, type Vcpu } from './vcpu.ts';

export const PENDING = 0;
export const STI = 1;
export const GATE = 2;
export const WAKE = 3;
export const NMI_WAKE = 4;
export const NMI_PENDING = 5;
export const IRQ_WORDS = 6;
export const IRQ_WORD_NAMES = ['pending interrupts', 'sti', 'interrupt gate', 'wake', 'NMI wake', 'pending NMI'] as const;

export const irqWord = (c: Vcpu, cpu: number, word: number): Ptr => (c.m.irqBase + cpu * IRQ_WORDS + word) as Ptr;

function arm(c: Vcpu, kind: number, at: Ptr, n: number, fn: RmwFn, a0: number): void {
  c.kind = kind;
  c.at = at;
  c.n = n;
  c.fn = fn;
  c.a0 = a0;
  c.a1 = 0;
  c.quiet = true;
  c.spawns = -1;
  if (c.m.trace !== null) c.site = c.m.trace.site();
}

/** One flow of control, no clock and no image to go back to: no handler is in progress while a program runs, so nothing waits and the words are all there is to it. */
const isAtOnce = ({ m }: Vcpu): boolean => m.direct && m.meter === null && m.mem.journal === null;

/** CLI. A handler runs with IF = 0 as it is. */
export function* cli(c: Vcpu): Code {
  if (!c.irqsOn) return;
  c.irqsOn = false;
  if (!c.m.interrupts) return;
  const gate = irqWord(c, c.id, GATE);
  if (isAtOnce(c)) {
    c.words[gate]!++;
    return;
  }
  arm(c, ACQUIRE, gate, 1, ADD, 1);
  c.mask = GATE_BUSY;
  c.want = 0;
  yield;
}

/** STI: takes effect once every earlier store has drained. */
export function* sti(c: Vcpu): Code {
  if (c.irqsOn) return;
  c.irqsOn = true;
  if (!c.m.interrupts) return;
  const word = irqWord(c, c.id, STI);
  if (isAtOnce(c)) c.words[word] = ++c.stis;
  else issue(c, word, ++c.stis, 0, MARKED);
}

/** Write of the xAPIC's ICR: memory-mapped, so it waits for earlier stores. */
export function* sendIpi(c: Vcpu, cpu: number, vector: number): Code {
  fence(c);
  yield* sendIpiX2apic(c, cpu, vector);
}

/** Write of the x2APIC's ICR: an MSR write that does *not* wait for earlier stores (SDM Vol. 3A 11.12.3). */
export function* sendIpiX2apic(c: Vcpu, cpu: number, vector: number): Code {
  c.m.counters.ipis++;
  c.m.watcher?.sends(c, cpu, vector);
  arm(c, RMW, irqWord(c, cpu, PENDING), 1, OR, 1 << vector);
  if (c.m.meter?.performs(c) !== true) yield;
}

/** NMI through the xAPIC: as `sendIpi`. One that is pending already is not counted. */
export function* sendNmi(c: Vcpu, cpu: number): Code {
  fence(c);
  yield* sendNmiX2apic(c, cpu);
}

/** NMI through the x2APIC: as `sendIpiX2apic`. */
export function* sendNmiX2apic(c: Vcpu, cpu: number): Code {
  c.m.counters.ipis++;
  arm(c, RMW, irqWord(c, cpu, NMI_PENDING), 1, OR, 1);
  yield;
}

/** HLT: waits for a handler that returns after this. */
export function* hlt(c: Vcpu): Code {
  arm(c, RMW, irqWord(c, c.id, WAKE), 2, XCHG8B, 0);
  yield;
  yield* awaitWake(c);
}

/** STI; HLT: no interrupt is taken between the two. */
export function* stiHlt(c: Vcpu): Code {
  arm(c, RMW, irqWord(c, c.id, WAKE), 2, XCHG8B, 0);
  yield;
  yield* sti(c);
  yield* awaitWake(c);
}

function* awaitWake(c: Vcpu): Code {
  arm(c, ACQUIRE, irqWord(c, c.id, WAKE), 2, HALT, 0);
  c.halted = true;
  yield;
  c.halted = false;
}

/** A handler context waits for its interrupt. */
export function armEntry(c: Vcpu): void {
  if (c.role === NMI) arm(c, ACQUIRE, irqWord(c, c.id, NMI_PENDING), 1, ENTER_NMI, 0);
  else arm(c, ACQUIRE, irqWord(c, c.id, PENDING), 3, ENTER, 0);
  c.mask = c.want = 1; // of the pending NMI
  c.quiet = false;
}

/** The handler has ended: IRET waits for an empty buffer. */
export function armReturn(c: Vcpu): void {
  if (c.role === NMI) arm(c, RMW, irqWord(c, c.id, NMI_WAKE), 1, EXIT_NMI, 0);
  else arm(c, RMW, irqWord(c, c.id, GATE), 2, EXIT, 0);
  c.quiet = false;
  fence(c);
}

/** Does the pending operation begin, or end, a handler? It is the only wait that a handler may have. */
export const entersHandler = (c: Vcpu): boolean => c.kind === ACQUIRE && isHandler(c);
export const leavesHandler = (c: Vcpu): boolean => isReturn(c.fn) && isHandler(c);
