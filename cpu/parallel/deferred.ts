// SPDX-License-Identifier: GPL-2.0-only
/**
 * Grace periods of threads: cpu/deferred in the build of the parallel engine. A vCPU in the kernel counts as in a section, one in user mode or idle does not:
 * each counts its ways in and out, and is inside while the count is odd. A grace period has ended once every vCPU was outside. So that few are waited for,
 * all callbacks that come while one is under way wait for the next.
 *
 * Reference: Linux v6.6 kernel/context_tracking.c and kernel/rcu/tree.c, rcu_dynticks_snap(), rcu_dynticks_in_eqs_since(); rcu_segcblist for the batches.
 */
import type { Machine } from '../machine.ts';
import type { Code, Vcpu } from '../vcpu.ts';
import { CROSSINGS, rowOf } from './board.ts';
import { self } from './self.ts';

interface Deferred {
  run: (cb: Vcpu, arg: number) => Code;
  arg: number;
}

/** Those whose grace period is under way, with the counts at its start, and those that came since. */
let waiting: Deferred[] = [];
let coming: Deferred[] = [];
let counts = new Int32Array(0);

/** Whatever the vCPU does in the kernel is one section: see `crossKernel`. */
export function* sectionBegin(c: Vcpu): Code {
  c.sections++;
}

export function* sectionEnd(c: Vcpu): Code {
  c.sections--;
}

export function* defer(_c: Vcpu, run: (cb: Vcpu, arg: number) => Code, arg: number): Code {
  coming.push({ run, arg });
}

/** The vCPU enters the kernel, or leaves it. */
export function crossKernel(): void {
  Atomics.add(self.board, self.row + CROSSINGS, 1);
}

const crossings = (cpu: number): number => Atomics.load(self.board, rowOf(cpu) + CROSSINGS);

const hasEnded = (): boolean => counts.every((count, cpu) => (count & 1) === 0 || crossings(cpu) !== count);

/** Outside the kernel. @returns whether there was anything to do */
export function runCallbacks(m: Machine): boolean {
  if (waiting.length > 0 && !hasEnded()) return false;
  const any = callbacksLeft() > 0;
  const due = waiting;
  waiting = coming;
  coming = [];
  if (waiting.length > 0) counts = Int32Array.from({ length: m.cpus }, (_, cpu) => crossings(cpu));
  const cb = m.contexts[m.firstCallback + Math.max(self.cpu, 0) * m.callbacks]!;
  cb.irqsOn = true; // as in a softirq: who waits for a lock here serves others meanwhile
  for (const { run, arg } of due) run(cb, arg);
  return any;
}

/** How many wait for a grace period. */
export const callbacksLeft = (): number => waiting.length + coming.length;
