// SPDX-License-Identifier: GPL-2.0-only
/**
 * Where the time of each vCPU went, and what its interrupts came to.
 */
import type { Ptr } from '../../../mmu/types.ts';

/** What a vCPU was doing. */
export const CODE = 0;
/** Function calls queued for others: call_single_data and queues. */
export const QUEUE = 1;
export const SEND = 2;
export const FLUSH = 3;
/** Waiting for a word to change: a lock, an acknowledgement. */
export const WAIT = 4;
/** Taken by interrupt handlers. */
export const INTERRUPT = 5;
/** In user mode, or idle. */
export const USER = 6;
export const PHASES = ['kernel code', 'queueing calls', 'sending IPIs', 'own flush', 'waiting', 'interrupted', 'user mode'] as const;

export class TimeAccount {
  /** Nanoseconds: [cpu * PHASES.length + phase]. */
  readonly spent: Float64Array;
  readonly sent: Int32Array;
  /** Sent to a vCPU where the same vector was pending already: taken once for both. */
  readonly coalesced: Int32Array;
  readonly received: Int32Array;

  constructor(cpus: number) {
    this.spent = new Float64Array(cpus * PHASES.length);
    this.sent = new Int32Array(cpus);
    this.coalesced = new Int32Array(cpus);
    this.received = new Int32Array(cpus);
  }

  add(cpu: number, phase: number, ns: number): void {
    this.spent[cpu * PHASES.length + phase]! += ns;
  }

  of(cpu: number, phase: number): number {
    return this.spent[cpu * PHASES.length + phase]!;
  }

  reset(): void {
    this.spent.fill(0);
    this.sent.fill(0);
    this.coalesced.fill(0);
    this.received.fill(0);
  }
}

/** The words [from, to). */
export interface Words {
  from: Ptr;
  to: Ptr;
}
