// SPDX-License-Identifier: GPL-2.0-only
/**
 * Interrupts between threads: cpu/interrupts in the build of the parallel engine. An IPI is an atomic or of the target's pending word and wakes it if it
 * sleeps; the target polls the word after each of its operations while its IF = 1.
 *
 * Reference: Intel SDM Vol. 3A 6.8.1 (IF), 11.6 (issuing IPIs), 11.8.4 (IRR). Not modelled: NMIs, and the shadow of STI.
 */

import { irqWord, PENDING } from '../interrupts.ts';
import type { Code, Vcpu } from '../vcpu.ts';
import { IDLE, poll, relax, takeInterrupts } from './wait.ts';

export { armEntry, armReturn, entersHandler, IRQ_WORD_NAMES, IRQ_WORDS, leavesHandler } from '../interrupts.ts';

export function* cli(c: Vcpu): Code {
  c.irqsOn = false;
}

export function* sti(c: Vcpu): Code {
  c.irqsOn = true;
  poll(c);
}

export function* sendIpi(c: Vcpu, cpu: number, vector: number): Code {
  const { m } = c;
  m.counters.ipis++;
  const at = irqWord(c, cpu, PENDING);
  Atomics.or(m.mem.words, at, 1 << vector);
  Atomics.notify(m.mem.words, at);
}

export function* sendIpiX2apic(c: Vcpu, cpu: number, vector: number): Code {
  yield* sendIpi(c, cpu, vector);
}

/** With IF = 1. */
export function* hlt(c: Vcpu): Code {
  for (let turn = 0; !takeInterrupts(c); turn++) relax(c, IDLE, turn);
}

export function* stiHlt(c: Vcpu): Code {
  c.irqsOn = true;
  yield* hlt(c);
}
