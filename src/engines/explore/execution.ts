// SPDX-License-Identifier: GPL-2.0-only
/**
 * One execution as a partial order: its transitions in the order in which they ran, the happens-before clock of each, and its races, the
 * pairs of neighbours in that order which could also have come the other way round.
 * Reference: Abdulla, Aronis, Jonsson, Sagonas, "Optimal dynamic partial order reduction" (POPL 2014), section 3.
 */
import type { Footprint } from '../../../cpu/footprint.ts';
import { ACQUIRE, AWAIT, DRAIN } from '../../../cpu/kinds.ts';
import { longer } from '../../../mmu/longer.ts';
import { conflict, dependent, exposes, passesBuffer } from './dependence.ts';

/** Events that there is room for at first. */
const ROOM = 64;

export class Execution {
  readonly contexts: number;
  readonly actors: number;
  readonly events: Footprint[] = [];
  /** For each event, the earlier events that it races with. */
  readonly races: number[][] = [];
  length = 0;
  /** Clock of event d: how far it is ordered behind actor a, [d * actors + a]. */
  private clocks: Int32Array;
  // What the scans below look at, event by event; the records themselves are far apart in memory.
  private actor = new Int32Array(ROOM);
  private place = new Int32Array(ROOM);
  private touches = new Int32Array(ROOM);
  private changes = new Int32Array(ROOM);
  /** Event of each place of each actor. */
  private readonly eventAt: Int32Array[];
  private readonly base: Int32Array;

  constructor(contexts: number) {
    this.contexts = contexts;
    this.actors = contexts * 2;
    this.clocks = new Int32Array(ROOM * this.actors);
    this.eventAt = Array.from({ length: this.actors }, () => new Int32Array(ROOM));
    this.base = new Int32Array(this.actors);
  }

  private grow(): void {
    for (const k of ['clocks', 'actor', 'place', 'touches', 'changes'] as const) this[k] = longer(this[k]);
  }

  /** Appends an event: its clock and its races follow from what is there. */
  push(r: Footprint): void {
    const { actors, contexts } = this;
    const d = this.length++;
    if (d === this.actor.length) this.grow();
    const { clocks, actor, place, touches, changes } = this;
    const own = d * actors;
    this.races[d] ??= [];
    const races = this.races[d]!;
    while (races.length > 0) races.pop();
    this.enter(r, d);
    clocks.fill(0, own, own + actors);
    clocks[own + r.actor] = r.place;
    const before = this.find(r.actor, r.place - 1);
    if (before >= 0) this.join(clocks, own, before);
    const waits = r.kind === AWAIT || r.kind === ACQUIRE;
    if (r.pageBits > 0) for (let j = 0; j < d; j++) r.exposed |= exposes(this.events[j]!, r);
    const sibling = r.ctx === r.actor ? r.ctx + contexts : r.ctx;
    for (let j = d - 1; j >= 0; j--) {
      const a = actor[j]!;
      if (clocks[own + a]! >= place[j]!) continue;
      if (((touches[j]! & r.changes) | (changes[j]! & r.touches)) === 0 && a !== sibling && r.place > 1) continue;
      const q = this.events[j]!;
      if (!dependent(q, r, contexts)) continue;
      if ((q.ctx !== r.ctx || passesBuffer(q, r)) && q.spawns !== r.actor && !(waits && q.writes)) races.push(j);
      this.join(clocks, own, j);
    }
    if (waits) this.waitRaces(r, d, races);
  }

  private enter(r: Footprint, d: number): void {
    this.events[d] = r;
    this.actor[d] = r.actor;
    this.place[d] = r.place;
    this.touches[d] = r.touches;
    this.changes[d] = r.changes;
    if (r.place >= this.eventAt[r.actor]!.length) this.eventAt[r.actor] = longer(this.eventAt[r.actor]!);
    this.eventAt[r.actor]![r.place] = d;
  }

  /** Position of an actor's event, or -1 if it has not run. */
  private find(actor: number, place: number): number {
    const list = this.eventAt[actor]!;
    if (place < 1 || place >= list.length) return -1;
    const d = list[place]!;
    return d < this.length && this.actor[d] === actor && this.place[d] === place ? d : -1;
  }

  /** The clock at `into` is behind event j from now on. */
  private join(into: Int32Array, at: number, j: number): void {
    const { clocks, actors } = this;
    for (let i = 0, from = j * actors; i < actors; i++, from++) if (clocks[from]! > into[at + i]!) into[at + i] = clocks[from]!;
  }

  /** A wait could have been satisfied before any foreign write of its words that its own past does not include. */
  waitRaces(r: Footprint, d: number, out: number[]): void {
    const { base } = this;
    base.fill(0);
    for (let j = d - 1; j >= 0; j--) {
      const q = this.events[j]!;
      const before =
        q.actor === r.actor ? q.place === r.place - 1 : (q.ctx === r.ctx && q.kind === DRAIN && q.store < r.need) || q.spawns === r.actor;
      if (before) this.join(base, 0, j);
    }
    for (let j = 0; j < d; j++) {
      const q = this.events[j]!;
      if (q.writes && q.ctx !== r.ctx && base[q.actor]! < q.place && conflict(q, r, this.contexts)) out.push(j);
    }
  }

  /** How far event i is ordered behind an actor: the place of the last of its events that come before. */
  reach(i: number, actor: number): number {
    return this.clocks[i * this.actors + actor]!;
  }

  /** Is event i ordered before event j, or the same? */
  before(i: number, j: number): boolean {
    return this.clocks[j * this.actors + this.actor[i]!]! >= this.place[i]!;
  }

  /** Is event i ordered behind none of `dropped`? */
  private survives(i: number, dropped: readonly number[]): boolean {
    for (let k = 0; k < dropped.length; k++) if (this.before(dropped[k]!, i)) return false;
    return true;
  }

  /** The events behind the first of `dropped` that depend on none of them. */
  independentOf(dropped: readonly number[]): Footprint[] {
    const v: Footprint[] = [];
    const { clocks, actors, length } = this;
    const first = dropped[0]!;
    const actor = this.actor[first]!;
    const place = this.place[first]!;
    for (let i = first + 1, at = i * actors + actor; i < length; i++, at += actors)
      if (clocks[at]! < place && (dropped.length === 1 || this.survives(i, dropped))) v.push(this.events[i]!);
    return v;
  }
}
