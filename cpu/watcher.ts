// SPDX-License-Identifier: GPL-2.0-only
/**
 * What somebody may want to be told of code that runs in program order: interrupts from sending to return, and waits.
 * Reference: docs/design-notes.md, "Trace".
 */
import type { Vcpu } from './vcpu.ts';

export interface Watcher {
  /** `c` sends an interrupt to a vCPU. */
  sends(c: Vcpu, cpu: number, vector: number): void;
  /** The handler context `c` begins. */
  enters(c: Vcpu, vector: number): void;
  leaves(c: Vcpu): void;
  /** The pending operation cannot be performed yet. */
  waits(c: Vcpu): void;
  /** Now it can. */
  goesOn(c: Vcpu): void;
}
