// SPDX-License-Identifier: GPL-2.0-only
/**
 * From a violating execution to the one that is reported: its causes alone, in the order easiest to read, which a processor could run step by step.
 */
import type { Footprint } from '../../cpu/footprint.ts';
import { ACQUIRE, DRAIN } from '../../cpu/kinds.ts';
import type { Machine } from '../../cpu/machine.ts';
import { ENTER, EXIT } from '../../cpu/rmw.ts';
import { HANDLER } from '../../cpu/vcpu.ts';
import type { Violation } from '../../cpu/violation.ts';
import { Execution } from '../engines/explore/execution.ts';
import { type Difficulty, difficulty } from '../engines/explore/linearise.ts';
import { realise } from '../engines/explore/realisable.ts';
import type { Pick } from '../engines/replay.ts';

/** A violating execution, in the order easiest to read. */
export interface Counterexample {
  violation: Violation;
  start: number;
  picks: readonly Pick[];
  difficulty: Difficulty;
  /** The first one that was found, as it was found. */
  first: Difficulty;
}

/** `first` is that of this execution. */
export function counterexampleOf(m: Machine, start: number, execution: Execution, violation: Violation): Counterexample {
  const cpuOf = (ctx: number): number => m.contexts[ctx]!.id;
  const first = difficulty(execution.events.slice(0, execution.length), cpuOf);
  const x = violation.atEnd ? execution : causesOf(m, execution, violation);
  const events: Footprint[] = [...realise(m, x)!].map((i) => x.events[i]!);
  const picks = events.map((e): Pick => ({ actor: e.actor, choice: e.choice }));
  return { violation, start, picks, difficulty: difficulty(events, cpuOf), first };
}

/** The violation's causal past: what neither it nor anything before it depends on is left out. */
function causesOf(m: Machine, x: Execution, violation: Violation): Execution {
  let last = Math.min(violation.seq, x.length) - 1;
  while (last > 0 && x.events[last]!.actor !== violation.ctx) last--;
  const wanted = [last];
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
