// SPDX-License-Identifier: GPL-2.0-only
/**
 * The causes of some events: what happens before them, and what a processor must have done besides by then. A handler that has begun is run to its
 * end, or its program could not go on; and where a handler has begun, what was stored earlier on its vCPU drains.
 *
 * Reference: Lamport, "Time, clocks, and the ordering of events in a distributed system" (CACM 1978); Intel SDM Vol. 3A 12.10.
 */
import { DRAIN } from '../../../cpu/kinds.ts';
import type { Machine } from '../../../cpu/machine.ts';
import { isEntry, isReturn } from '../../../cpu/rmw.ts';
import { isHandler, type Vcpu } from '../../../cpu/vcpu.ts';
import { Execution } from './execution.ts';

/** A run of a handler that has returned. */
interface Run {
  c: Vcpu;
  entry: number;
  exit: number;
}

/** @returns the causes of the events and themselves, as an execution: what comes before anything in it is in it */
export function causesOf(m: Machine, x: Execution, events: readonly number[]): Execution {
  const kept = new Uint8Array(x.length);
  /** For each context the place of its last transition that is kept. */
  const reached = new Int32Array(x.contexts);
  let grown = true;
  const keep = (i: number): void => {
    if (kept[i] === 1) return;
    grown = true;
    for (let j = 0; j <= i; j++) {
      if (kept[j] === 1 || !x.before(j, i)) continue;
      kept[j] = 1;
      const r = x.events[j]!;
      if (r.kind !== DRAIN) reached[r.ctx] = Math.max(reached[r.ctx]!, r.place);
    }
  };
  for (const i of events) keep(i);
  // Below a handler that one of the events is in, everything stands still for good.
  const ends = events.map((i) => m.contexts[x.events[i]!.ctx]!).filter(isHandler);
  const goesOn = (c: Vcpu): boolean => ends.every((end) => c.id !== end.id || c.role > end.role);
  const runs = runsIn(m, x);
  while (grown) {
    grown = false;
    const interrupted = new Set<number>();
    for (const { c, entry, exit } of runs) {
      if (kept[entry] === 0) continue;
      for (let ctx = c.ctx - m.cpus; ctx >= 0; ctx -= m.cpus) interrupted.add(ctx);
      if (exit >= 0 && goesOn(c)) keep(exit);
    }
    for (let i = 0; i < x.length; i++) {
      const r = x.events[i]!;
      if (r.kind === DRAIN && interrupted.has(r.ctx) && r.issuedAt < reached[r.ctx]!) keep(i);
    }
  }
  const causes = new Execution(x.contexts);
  for (let i = 0; i < x.length; i++) if (kept[i] === 1) causes.push(x.events[i]!);
  return causes;
}

function runsIn(m: Machine, x: Execution): Run[] {
  const runs: Run[] = [];
  for (let i = 0; i < x.length; i++) {
    const r = x.events[i]!;
    const c = m.contexts[r.ctx]!;
    if (r.kind === DRAIN || !isHandler(c)) continue;
    if (isEntry(r.fn)) runs.push({ c, entry: i, exit: -1 });
    else if (isReturn(r.fn)) runs.findLast((run) => run.c === c)!.exit = i;
  }
  return runs;
}
