// SPDX-License-Identifier: GPL-2.0-only
/**
 * One execution as a partial order: its transitions in the order in which they ran, the happens-before clock of each, and its races, the
 * pairs of neighbours in that order which could also have come the other way round.
 */
import type { Footprint } from '../../../cpu/footprint.ts';
import { ACQUIRE, AWAIT, DRAIN } from '../../../cpu/kinds.ts';
import { conflict, dependent, exposes, passesBuffer } from './dependence.ts';

export class Execution {
  readonly contexts: number;
  readonly actors: number;
  readonly events: Footprint[] = [];
  /** Clock of each event: how far it is ordered behind each actor. */
  readonly clocks: Int32Array[] = [];
  /** For each event, the earlier events that it races with. */
  readonly races: number[][] = [];
  length = 0;
  private readonly base: Int32Array;

  constructor(contexts: number) {
    this.contexts = contexts;
    this.actors = contexts * 2;
    this.base = new Int32Array(this.actors);
  }

  /** Appends an event: its clock and its races follow from what is there. */
  push(r: Footprint): void {
    const d = this.length++;
    this.events[d] = r;
    this.clocks[d] ??= new Int32Array(this.actors);
    this.races[d] ??= [];
    const clock = this.clocks[d]!;
    const races = this.races[d]!;
    races.length = 0;
    clock.fill(0);
    clock[r.actor] = r.place;
    const waits = r.kind === AWAIT || r.kind === ACQUIRE;
    if (r.pageBits > 0) for (let j = 0; j < d; j++) r.exposed |= exposes(this.events[j]!, r);
    for (let j = d - 1; j >= 0; j--) {
      const q = this.events[j]!;
      if (q.actor === r.actor) {
        if (q.place === r.place - 1) this.join(clock, j);
        continue;
      }
      if (clock[q.actor]! >= q.place || !dependent(q, r, this.contexts)) continue;
      if ((q.ctx !== r.ctx || passesBuffer(q, r)) && q.spawns !== r.actor && !(waits && q.writes)) races.push(j);
      this.join(clock, j);
    }
    if (waits) this.waitRaces(r, d, races);
  }

  private join(clock: Int32Array, j: number): void {
    const other = this.clocks[j]!;
    for (let i = 0; i < clock.length; i++) if (other[i]! > clock[i]!) clock[i] = other[i]!;
  }

  /** A wait could have been satisfied before any foreign write of its words that its own past does not include. */
  waitRaces(r: Footprint, d: number, out: number[]): void {
    const { base } = this;
    base.fill(0);
    for (let j = d - 1; j >= 0; j--) {
      const q = this.events[j]!;
      const before =
        q.actor === r.actor ? q.place === r.place - 1 : (q.ctx === r.ctx && q.kind === DRAIN && q.store < r.need) || q.spawns === r.actor;
      if (before) this.join(base, j);
    }
    for (let j = 0; j < d; j++) {
      const q = this.events[j]!;
      if (q.writes && q.ctx !== r.ctx && base[q.actor]! < q.place && conflict(q, r, this.contexts)) out.push(j);
    }
  }

  /** Is event i ordered before event j? */
  before(i: number, j: number): boolean {
    const q = this.events[i]!;
    return this.clocks[j]![q.actor]! >= q.place;
  }

  /** The events behind the first of `dropped` that depend on none of them. */
  independentOf(dropped: readonly number[]): Footprint[] {
    const v: Footprint[] = [];
    const first = dropped[0]!;
    const { actor, place } = this.events[first]!;
    for (let i = first + 1; i < this.length; i++) {
      if (this.clocks[i]![actor]! >= place) continue;
      if (dropped.length === 1 || !dropped.some((e) => this.before(e, i))) v.push(this.events[i]!);
    }
    return v;
  }
}
