// SPDX-License-Identifier: GPL-2.0-only
/**
 * Interrupts as four words of ghost memory for each vCPU, so that delivery, masking and halting are ordinary transitions:
 *
 *   pending  one bit a vector; an IPI is an or
 *   sti      how many STIs have reached memory: STI is a store through the buffer, so what was stored with IF = 0 drains before an
 *            interrupt can be taken
 *   gate     how many CLIs there were, and in the top bit whether a handler is in progress; CLI waits for that bit to be clear
 *   wake     set when a handler returns; HLT waits for it
 *
 * Entry needs pending !== 0 and gate === sti. The handler is a context of its own. Here it excludes its program only where the program
 * runs with IF = 0; that no program transition with IF = 1 falls between entry and return is settled for the whole execution by
 * src/engines/explore/realisable.ts.
 *
 * Reference: Intel SDM Vol. 3A 6.8.1 (IF), 11.6 (issuing IPIs), 11.8.4 (IRR, priority), Vol. 2 HLT and STI (the one-instruction shadow).
 * Not modelled: ISR nesting and EOI (one handler at a time, so no vector is masked by another), NMI, SMI, TPR.
 */
import type { Ptr } from '../mmu/types.ts';
import { ACQUIRE, AWAIT, RMW } from './kinds.ts';
import { fence, issue } from './memory.ts';
import { ADD, ENTER as ENTER_FN, EXIT, GATE_BUSY, OR, XCHG } from './rmw.ts';
import { MARKED } from './store-buffer.ts';
import type { Code, Vcpu } from './vcpu.ts';

export const PENDING = 0;
export const STI = 1;
export const GATE = 2;
export const WAKE = 3;
export const IRQ_WORDS = 4;

export const irqWord = (c: Vcpu, cpu: number, word: number): Ptr => (c.m.irqBase + cpu * IRQ_WORDS + word) as Ptr;

function arm(c: Vcpu, kind: number, at: Ptr, n: number, fn: number, a0: number): void {
  c.kind = kind;
  c.at = at;
  c.n = n;
  c.fn = fn as typeof ADD;
  c.a0 = a0;
  c.quiet = true;
  c.spawns = -1;
  if (c.m.trace !== null) c.site = c.m.trace.site();
}

/** CLI. A handler runs with IF = 0 as it is. */
export function* cli(c: Vcpu): Code {
  if (!c.irqsOn) return;
  c.irqsOn = false;
  if (!c.m.interrupts) return;
  arm(c, ACQUIRE, irqWord(c, c.id, GATE), 1, ADD, 1);
  c.mask = GATE_BUSY;
  c.want = 0;
  yield;
}

/** STI: takes effect once every earlier store has drained. */
export function* sti(c: Vcpu): Code {
  if (c.irqsOn) return;
  c.irqsOn = true;
  if (c.m.interrupts) issue(c, irqWord(c, c.id, STI), ++c.stis, 0, MARKED);
}

/** Write of the xAPIC's ICR: memory-mapped, so it waits for earlier stores. */
export function* sendIpi(c: Vcpu, cpu: number, vector: number): Code {
  fence(c);
  yield* sendIpiX2apic(c, cpu, vector);
}

/** Write of the x2APIC's ICR: an MSR write that does *not* wait for earlier stores (SDM Vol. 3A 11.12.3). */
export function* sendIpiX2apic(c: Vcpu, cpu: number, vector: number): Code {
  c.m.counters.ipis++;
  arm(c, RMW, irqWord(c, cpu, PENDING), 1, OR, 1 << vector);
  yield;
}

/** HLT: waits for a handler that returns after this. */
export function* hlt(c: Vcpu): Code {
  arm(c, RMW, irqWord(c, c.id, WAKE), 1, XCHG, 0);
  yield;
  yield* awaitWake(c);
}

/** STI; HLT: no interrupt is taken between the two. */
export function* stiHlt(c: Vcpu): Code {
  arm(c, RMW, irqWord(c, c.id, WAKE), 1, XCHG, 0);
  yield;
  yield* sti(c);
  yield* awaitWake(c);
}

function* awaitWake(c: Vcpu): Code {
  arm(c, AWAIT, irqWord(c, c.id, WAKE), 1, 0, 0);
  c.mask = c.want = 1;
  c.halted = true;
  yield;
  c.halted = false;
}

/** A handler context waits for an interrupt. */
export function armEntry(c: Vcpu): void {
  arm(c, ACQUIRE, irqWord(c, c.id, PENDING), 3, ENTER_FN, 0);
  c.quiet = false;
}

/** The handler has ended: IRET waits for an empty buffer. */
export function armReturn(c: Vcpu): void {
  arm(c, RMW, irqWord(c, c.id, GATE), 2, EXIT, 0);
  c.quiet = false;
  fence(c);
}
