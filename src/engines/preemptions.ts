// SPDX-License-Identifier: GPL-2.0-only
/**
 * What counts as a preemption, one each:
 *
 *   a switch     a transition of another vCPU than the last one, which could have gone on: its next operation is enabled, or it has just stored and
 *                that store is the next to drain
 *   an entry     an interrupt taken where its program could have gone on
 *   a late store one that is still in the buffer when its own program or handler goes on
 *
 * Drains are free; so are choices, and the return to the program that a handler interrupted. With none, each vCPU runs until it ends or waits, and
 * its stores drain at once. A deferred callback is a vCPU of its own.
 *
 * Reference: Musuvathi, Qadeer, "Iterative context bounding" (PLDI 2007), where threads are not buffered and not interrupted.
 */
import type { Machine } from '../../cpu/machine.ts';
import { CALLBACK, HANDLER, type Vcpu } from '../../cpu/vcpu.ts';

export class Preemptions {
  private readonly m: Machine;
  private readonly enabled: Int32Array;
  /** The vCPU of which a transition of any other would be a switch that counts, as the number of its program or callback; -1: none. */
  readonly leaves: number;

  /**
   * At one state.
   * @param enabled actors that can move
   * @param last context of the last transition that was no drain, or -1
   */
  constructor(m: Machine, enabled: Int32Array, last: number) {
    this.m = m;
    this.enabled = enabled;
    const c = m.contexts[last];
    this.leaves = c !== undefined && this.couldGoOn(runningOn(m, c)) ? unitOf(c) : -1;
  }

  /** Preemptions of the next transition if it is this actor's. */
  of(actor: number): number {
    const c = this.m.contexts[actor];
    if (c === undefined) return 0;
    let n = freshStores(this.m, c);
    if (this.leaves >= 0 && unitOf(c) !== this.leaves) n++;
    if (c.role === HANDLER && this.m.inHandler[c.id] === 0 && this.couldGoOn(this.m.contexts[c.id]!)) n++;
    return n;
  }

  private couldGoOn(c: Vcpu): boolean {
    return this.enabled.includes(c.ctx) || (freshStores(this.m, c) > 0 && isFresh(c, c.buffer.drained));
  }
}

/** A program and its handler are one, on their vCPU. */
const unitOf = (c: Vcpu): number => (c.role >= CALLBACK ? c.ctx : c.id);

const runningOn = (m: Machine, c: Vcpu): Vcpu => (c.role >= CALLBACK ? c : m.contexts[m.inHandler[c.id] === 1 ? m.cpus + c.id : c.id]!);

/** Has its own code not gone on behind marked store k? */
const isFresh = (c: Vcpu, k: number): boolean => c.buffer.issuedAt[c.buffer.marked[k]!] === c.place;

/** Stores in the buffer behind which their own code has not gone on yet. STI and the end of a section are none: they pass through the buffer only here. */
function freshStores(m: Machine, c: Vcpu): number {
  const b = c.buffer;
  let n = 0;
  for (let k = b.stores - 1; k >= b.drained; k--) {
    const i = b.marked[k]!;
    if (!isFresh(c, k)) break;
    if (b.at[i]! < m.irqBase || b.at[i]! >= m.endsBase + m.cpus) n++;
  }
  return n;
}
