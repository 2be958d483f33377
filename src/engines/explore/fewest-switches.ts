// SPDX-License-Identifier: GPL-2.0-only
/**
 * The order of one class with the fewest changes of vCPU, for a reader: exact, where linearise.ts is quick.
 *
 * To stay on a vCPU as long as anything can run there is never worse: what has run takes nothing from what may run later. So only the choice of the next
 * vCPU is open, and a breadth-first search over stretches finds the order, the number of stretches first, then late drains.
 */
import { DRAIN } from '../../../cpu/kinds.ts';
import { difficulty, type Edge, easier, type PartialOrder, ready } from './linearise.ts';

/** Part of an order: whole stretches. */
interface Part {
  order: number[];
  /** How many events of each actor have run. */
  done: Int32Array;
  cpu: number;
}

/** @returns indices of the events in their new order, or null if the pairs contradict happens-before; as `linearise` */
export function fewestSwitches(x: PartialOrder, cpuOf: (ctx: number) => number, extra: readonly Edge[]): Int32Array | null {
  const byActor: number[][] = Array.from({ length: x.actors }, () => []);
  for (let i = 0; i < x.length; i++) byActor[x.events[i]!.actor]!.push(i);
  const first: Part = { order: [], done: new Int32Array(x.actors), cpu: -1 };
  const cpus = [...new Set(x.events.slice(0, x.length).map((r) => cpuOf(r.ctx)))].sort((a, b) => a - b);
  if (x.length === 0) return new Int32Array(0);
  let level: Part[] = [first];
  const seen = new Set<string>();
  while (level.length > 0) {
    const next: Part[] = [];
    for (const part of level) for (const cpu of cpus) if (cpu !== part.cpu) next.push(stretch(x, byActor, extra, cpuOf, part, cpu));
    const whole = next.filter((p) => p.order.length === x.length);
    if (whole.length > 0) return Int32Array.from(easiest(x, cpuOf, whole).order);
    level = next.filter((p) => {
      const key = `${p.cpu} ${p.done.join(' ')}`;
      return p.order.length > 0 && !seen.has(key) && seen.add(key);
    });
  }
  return null;
}

function easiest(x: PartialOrder, cpuOf: (ctx: number) => number, parts: readonly Part[]): Part {
  const cost = (p: Part) =>
    difficulty(
      p.order.map((i) => x.events[i]!),
      cpuOf,
    );
  return parts.reduce((best, p) => (easier(cost(p), cost(best)) ? p : best));
}

/** Everything that can run on the vCPU, its drains at once; drains of others only where nothing else can go on. */
function stretch(
  x: PartialOrder,
  byActor: readonly number[][],
  extra: readonly Edge[],
  cpuOf: (ctx: number) => number,
  from: Part,
  cpu: number,
): Part {
  const part: Part = { order: [...from.order], done: from.done.slice(), cpu };
  const { done, order } = part;
  const isDone = (i: number): boolean => x.events[i]!.place <= done[x.events[i]!.actor]!;
  for (;;) {
    let best = -1;
    let cost = 3;
    for (let actor = 0; actor < byActor.length; actor++) {
      const i = byActor[actor]![done[actor]!];
      if (i === undefined) continue;
      const r = x.events[i]!;
      const own = cpuOf(r.ctx) === cpu;
      const c = r.kind === DRAIN ? (own ? 0 : 2) : own ? 1 : 3;
      if (c < cost && ready(x, i, done) && extra.every(([a, b]) => b !== i || isDone(a))) {
        best = i;
        cost = c;
      }
    }
    if (best < 0) return part;
    order.push(best);
    done[x.events[best]!.actor]!++;
  }
}
