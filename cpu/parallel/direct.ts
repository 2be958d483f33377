// SPDX-License-Identifier: GPL-2.0-only
/**
 * cpu/direct in the build of the parallel engine. Code has run when it returns. What is left to serve is the thread's own: its interrupts, and callbacks whose
 * grace period has ended; while the machine boots, everybody's.
 *
 * Reference: docs/parallel.md.
 */
import type { Machine } from '../machine.ts';
import type { Code, Vcpu } from '../vcpu.ts';
import { Defect } from '../violation.ts';
import { runCallbacks } from './deferred.ts';
import { self } from './self.ts';
import { takeInterrupts } from './wait.ts';

/** What is left of a bare `yield` that no module of this folder has taken the place of. */
export function runAtOnce(c: Vcpu): void {
  throw new Defect(`${c.m.contextName(c)}: operation ${c.kind} on a real thread`);
}

export const drive = <T>(_c: Vcpu, code: Code<T>): T => code as T;

/** @returns whether there was anything to do */
export function serve(m: Machine): boolean {
  if (self.cpu >= 0) return takeInterrupts(m.contexts[self.cpu]!) || runCallbacks(m);
  let any = false;
  for (let cpu = 0; cpu < m.cpus; cpu++) any = takeInterrupts(m.contexts[cpu]!) || any;
  return any || runCallbacks(m);
}
