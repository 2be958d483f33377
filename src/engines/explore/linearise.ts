// SPDX-License-Identifier: GPL-2.0-only
/**
 * The orders of one class: any order of its events that respects happens-before is an execution with the same values. This one stays on a
 * vCPU as long as it may and drains at once: the order that is easiest to read.
 */
import type { Footprint } from '../../../cpu/footprint.ts';
import { DRAIN } from '../../../cpu/kinds.ts';
import type { Execution } from './execution.ts';

/** What an order is made of. */
export type PartialOrder = Pick<Execution, 'length' | 'actors' | 'events' | 'reach'>;

/** One more pair of events that must come in this order. */
export type Edge = readonly [before: number, after: number];

/**
 * @param cpuOf vCPU of a context, -1 for none
 * @param extra pairs that happens-before does not contain
 * @returns indices of the events in their new order, or null if the pairs contradict happens-before
 */
export function linearise(x: PartialOrder, cpuOf: (ctx: number) => number, extra: readonly Edge[]): Int32Array | null {
  const n = x.length;
  const out = new Int32Array(n);
  const used = new Uint8Array(n);
  const done = new Int32Array(x.actors);
  const waiting = new Int32Array(n);
  for (const [, b] of extra) waiting[b]!++;
  let cpu = -1;
  for (let k = 0; k < n; k++) {
    let best = -1;
    let cost = 9;
    for (let i = 0; i < n; i++) {
      if (used[i] === 1 || waiting[i]! > 0 || !ready(x, i, done)) continue;
      const r = x.events[i]!;
      const same = cpuOf(r.ctx) === cpu;
      const c = r.kind === DRAIN ? (same ? 0 : 3) : same ? 1 : 2;
      // Of an actor only one event is ready: the order says nothing about that in which the events came.
      if (c < cost || (c === cost && r.actor < x.events[best]!.actor)) {
        cost = c;
        best = i;
      }
    }
    if (best < 0) return null;
    const r = x.events[best]!;
    used[best] = 1;
    out[k] = best;
    done[r.actor] = r.place;
    cpu = cpuOf(r.ctx);
    for (const [a, b] of extra) if (a === best) waiting[b]!--;
  }
  return out;
}

/** May event i come next, behind so many of each actor? */
export function ready(x: PartialOrder, i: number, done: Int32Array): boolean {
  const { actor } = x.events[i]!;
  for (let p = 0; p < x.actors; p++) if (x.reach(i, p) > done[p]! + (p === actor ? 1 : 0)) return false;
  return true;
}

/** What makes an order hard to read: changes of vCPU first, then stores that drain behind a later event of their own program, then length. */
export interface Difficulty {
  switches: number;
  lateDrains: number;
  length: number;
}

export function difficulty(events: readonly Footprint[], cpuOf: (ctx: number) => number): Difficulty {
  let switches = 0;
  let lateDrains = 0;
  const place: number[] = [];
  let cpu = -1;
  for (const r of events) {
    if (r.kind === DRAIN) {
      if ((place[r.ctx] ?? 0) > r.issuedAt) lateDrains++;
      continue; // a drain is the machine's doing: no change of vCPU
    }
    place[r.ctx] = r.place;
    if (cpuOf(r.ctx) !== cpu) switches++;
    cpu = cpuOf(r.ctx);
  }
  return { switches, lateDrains, length: events.length };
}

export const easier = (a: Difficulty, b: Difficulty): boolean =>
  a.switches !== b.switches ? a.switches < b.switches : a.lateDrains !== b.lateDrains ? a.lateDrains < b.lateDrains : a.length < b.length;
