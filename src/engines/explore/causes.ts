// SPDX-License-Identifier: GPL-2.0-only
/**
 * The causes of some events: what happens before them, and what a processor must have done besides by then. A handler that has begun is run to its end, or
 * its program could not go on; and what was stored earlier on its vCPU drains before.
 *
 * Reference: Lamport, "Time, clocks, and the ordering of events in a distributed system" (CACM 1978); Intel SDM Vol. 3A 12.10.
 */
import type { Footprint } from '../../../cpu/footprint.ts';
import { ACQUIRE, DRAIN } from '../../../cpu/kinds.ts';
import type { Machine } from '../../../cpu/machine.ts';
import { ENTER, EXIT } from '../../../cpu/rmw.ts';
import { HANDLER } from '../../../cpu/vcpu.ts';
import { Execution } from './execution.ts';

/** @returns the causes of the events and themselves, as an execution: what comes before anything in it is in it */
export function causesOf(m: Machine, x: Execution, events: readonly number[]): Execution {
  const wanted = [...events];
  // Only interrupts need more than the causes.
  const entered = new Set<number>();
  for (let i = 0; i < x.length; i++)
    if (x.events[i]!.fn === ENTER && x.events[i]!.kind === ACQUIRE) entered.add(m.contexts[x.events[i]!.ctx]!.id);
  const concerned = Array.from({ length: x.length }, (_, i) => i).filter((i) => entered.has(m.contexts[x.events[i]!.ctx]!.id));
  for (let known = 0; known < wanted.length; ) {
    known = wanted.length;
    for (const i of concerned) {
      if (!wanted.some((w) => x.before(i, w)) && (completes(m, x, i, wanted) || emptiesBuffer(m, x, i, wanted))) wanted.push(i);
    }
  }
  const past = new Execution(x.contexts);
  for (let i = 0; i < x.length; i++) if (wanted.some((w) => x.before(i, w))) past.push(x.events[i]!);
  return past;
}

/** The return of a handler that has begun: it is run to its end. */
function completes(m: Machine, x: Execution, i: number, wanted: readonly number[]): boolean {
  const r = x.events[i]!;
  if (r.fn !== EXIT || r.kind === DRAIN || m.contexts[r.ctx]!.role !== HANDLER) return false;
  return x.events.slice(0, i).some((h, k) => h.ctx === r.ctx && h.fn === ENTER && wanted.some((w) => x.before(k, w)));
}

/** A store that the program has left behind has to drain before an interrupt is taken, whoever sees it. */
function emptiesBuffer(m: Machine, x: Execution, i: number, wanted: readonly number[]): boolean {
  const r = x.events[i]!;
  if (r.kind !== DRAIN) return false;
  const has = (test: (e: Footprint) => boolean): boolean =>
    x.events.slice(0, x.length).some((e, k) => test(e) && wanted.some((w) => x.before(k, w)));
  const handler = m.cpus + r.ctx;
  return (
    r.ctx < m.cpus &&
    has((e) => e.ctx === handler && e.kind !== DRAIN && e.fn === ENTER) &&
    has((e) => e.ctx === r.ctx && e.kind !== DRAIN && e.place > r.issuedAt)
  );
}
