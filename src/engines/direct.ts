// SPDX-License-Identifier: GPL-2.0-only
/**
 * The direct engine: code runs in program order, one vCPU at a time and each to the end of its operation; every store drains at once. One legal
 * execution, for workloads: fast, and on the erased build several times faster. What only another order could show it does not look for.
 */
import { drive, serve } from '../../cpu/direct.ts';
import type { Machine } from '../../cpu/machine.ts';
import type { Code, Vcpu } from '../../cpu/vcpu.ts';
import { KILLED, type Violation } from '../../cpu/violation.ts';

/** The code was found guilty of something: what it was about to do is not done, and the machine is of no use any more. */
export class Stopped extends Error {
  override name = 'Stopped';
  readonly violation: Violation;

  constructor(violation: Violation) {
    super(violation.summary);
    this.violation = violation;
  }
}

/**
 * Runs code to its end on the program of a vCPU, and then whatever that has left pending: interrupts, callbacks.
 * @returns what the code returns
 * @throws Stopped at a violation; Defect where it waits for what nobody will bring
 */
export function runDirect<T>(m: Machine, cpu: number, code: (c: Vcpu) => Code<T>): T {
  const c = m.contexts[cpu]!;
  try {
    const result = drive(c, code(c));
    while (serve(m));
    return result;
  } catch (e) {
    if (e === KILLED) throw new Stopped(m.violation!);
    throw e;
  }
}
