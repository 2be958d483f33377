// SPDX-License-Identifier: GPL-2.0-only
/**
 * What counts as a preemption, one each:
 *
 *   a switch     a transition of another vCPU than the last one, which could have gone on: its next operation is enabled, or it has just stored and
 *                that store is the next to drain
 *   an entry     an interrupt taken where its program could have gone on
 *   a late store one that is still in the buffer when its own program or handler goes on
 *
 * A store that drains before its own code goes on belongs to that code: its drain is a transition of the vCPU. Other drains are free; so are choices,
 * and the return to the program that a handler interrupted. With none, each vCPU runs until it ends or waits, and its stores drain at once. A deferred
 * callback is a vCPU of its own.
 *
 * Reference: Musuvathi, Qadeer, "Iterative context bounding" (PLDI 2007), where threads are not buffered and not interrupted.
 */
import { entersHandler } from '../../cpu/interrupts.ts';
import type { Machine } from '../../cpu/machine.ts';
import { CALLBACK, NMI, type Vcpu } from '../../cpu/vcpu.ts';

export class Preemptions {
  private readonly m: Machine;
  private readonly enabled: Int32Array;
  /** The vCPU of which a transition of any other would be a switch that counts, as the number of its program or callback; -1: none. */
  readonly leaves: number;

  /**
   * At one state.
   * @param enabled actors that can move
   * @param last context of the last transition, free drains left aside, or -1
   */
  constructor(m: Machine, enabled: Int32Array, last: number) {
    this.m = m;
    this.enabled = enabled;
    const c = m.contexts[last];
    this.leaves = c !== undefined && this.couldGoOn(runningOn(m, c)) ? unitOf(c) : -1;
  }

  /** Is it the drain of a store that its code has left behind? Of nobody's code, then. */
  isFree(actor: number): boolean {
    const T = this.m.contexts.length;
    if (actor < T) return false;
    const c = this.m.contexts[actor - T]!;
    return isGhost(this.m, c, c.buffer.drained) || !isFresh(c, c.buffer.drained);
  }

  /** Preemptions of the next transition if it is this actor's. */
  of(actor: number): number {
    if (this.isFree(actor)) return 0;
    const T = this.m.contexts.length;
    const c = this.m.contexts[actor % T]!;
    const switches = this.leaves >= 0 && unitOf(c) !== this.leaves ? 1 : 0;
    if (actor >= T) return switches;
    let n = switches + freshStores(this.m, c);
    if (entersHandler(c) && this.couldGoOn(runningOn(this.m, c))) n++;
    return n;
  }

  private couldGoOn(c: Vcpu): boolean {
    return this.enabled.includes(c.ctx) || goesOnByDraining(this.m, c);
  }
}

/** A program and its handler are one, on their vCPU. */
const unitOf = (c: Vcpu): number => (c.role >= CALLBACK ? c.ctx : c.id);

/** The innermost handler that has begun on the vCPU, or its program. */
function runningOn(m: Machine, c: Vcpu): Vcpu {
  if (c.role >= CALLBACK) return c;
  const runs = m.inHandler[c.id]!;
  return m.contexts[(runs >= NMI ? NMI : runs) * m.cpus + c.id]!;
}

/** Has its own code not gone on behind marked store k? */
const isFresh = (c: Vcpu, k: number): boolean => c.buffer.issuedAt[c.buffer.marked[k]!] === c.place;

/** STI and the end of a section are no stores: they pass through the buffer only here. */
function isGhost(m: Machine, c: Vcpu, k: number): boolean {
  const at = c.buffer.at[c.buffer.marked[k]!]!;
  return at >= m.irqBase && at < m.endsBase + m.sectionCounters;
}

/** Could the code go on by a drain, of a store that it has not left behind, or of what is no store? */
const goesOnByDraining = (m: Machine, c: Vcpu): boolean =>
  c.buffer.drained < c.buffer.stores && (isGhost(m, c, c.buffer.drained) || isFresh(c, c.buffer.drained));

/** Stores in the buffer behind which their code has not gone on. */
function freshStores(m: Machine, c: Vcpu): number {
  const { drained, stores } = c.buffer;
  let n = 0;
  for (let k = stores - 1; k >= drained && isFresh(c, k); k--) if (!isGhost(m, c, k)) n++;
  return n;
}
