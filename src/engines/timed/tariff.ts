// SPDX-License-Identifier: GPL-2.0-only
/**
 * What each thing that a vCPU does costs on a machine: the cost table, applied to operations, where words come from and who sends to whom.
 */
import { IRQ_WORDS, PENDING } from '../../../cpu/interrupts.ts';
import { ACQUIRE, AWAIT, ELAPSE, LOAD, RMW } from '../../../cpu/kinds.ts';
import type { Machine } from '../../../cpu/machine.ts';
import { BROADCAST, BROADCAST_SYNC, INVLPG_DONE, MOV_CR3_DONE, PAGE_CLEARED } from '../../../cpu/meter.ts';
import { PROGRAM, type Vcpu } from '../../../cpu/vcpu.ts';
import type { Ptr } from '../../../mmu/types.ts';
import { Xorshift } from '../xorshift.ts';
import type { Costs } from './costs.ts';
import { Lines, LOCAL } from './lines.ts';
import { CODE, FLUSH, INTERRUPT, QUEUE, SEND, type TimeAccount, type Words } from './time-account.ts';

/** On whose terms a machine runs. */
export interface Terms {
  costs: Costs;
  /** vCPUs of one socket. */
  socket: number;
  /** vCPUs that one write of the ICR can reach, by number: 16 with x2APIC clusters, else 1. */
  cluster: number;
  seed: number;
}

const DRAWS = 2 ** 20;

export class Tariff {
  readonly terms: Terms;
  /** Where function calls are queued; none: not told apart. */
  queues: Words = { from: 0 as Ptr, to: 0 as Ptr };
  private readonly m: Machine;
  private readonly account: TimeAccount;
  private readonly lines: Lines;
  private readonly random: Xorshift;
  /** The cluster that the last operation of each vCPU sent to, or -1. */
  private readonly lastCluster: Int32Array;
  private readonly walked: Float64Array;
  /** Contexts in the middle of a flush. */
  private readonly flushing: Uint8Array;

  constructor(m: Machine, terms: Terms, account: TimeAccount) {
    this.m = m;
    this.terms = terms;
    this.account = account;
    this.lines = new Lines(m.cpus);
    this.random = new Xorshift(terms.seed);
    this.lastCluster = new Int32Array(m.cpus).fill(-1);
    this.walked = new Float64Array(m.cpus);
    this.flushing = new Uint8Array(m.contexts.length);
  }

  charge(c: Vcpu, ns: number, phase = CODE): number {
    this.account.add(c.id, c.role === PROGRAM ? phase : INTERRUPT, ns);
    return ns;
  }

  /** The vCPU that the pending operation sends an interrupt to, or -1. */
  targetOf(c: Vcpu): number {
    const word = c.at - this.m.irqBase;
    if (word < 0 || word >= this.m.cpus * IRQ_WORDS || word % IRQ_WORDS !== PENDING) return -1;
    return Math.floor(word / IRQ_WORDS);
  }

  send(c: Vcpu, target: number): number {
    const { costs, cluster } = this.terms;
    const to = Math.floor(target / cluster);
    const again = cluster > 1 && this.lastCluster[c.id] === to;
    this.lastCluster[c.id] = to;
    return this.charge(c, costs.icrTarget + (again ? 0 : costs.icr), SEND);
  }

  /** From the write of the ICR to the interrupt. */
  delivery(from: number, to: number): number {
    const { costs } = this.terms;
    const ns = this.isFar(from, to) ? costs.deliverFar : costs.deliver;
    return ns * (1 + costs.jitter * ((2 * this.random.below(DRAWS)) / DRAWS - 1));
  }

  entry(asleep: boolean): number {
    const { costs } = this.terms;
    return costs.entry + (asleep ? costs.wake : 0);
  }

  /** Any other operation that is pending. */
  operation(c: Vcpu): number {
    const { costs } = this.terms;
    const { at, kind } = c;
    if (kind === ELAPSE) return 0;
    this.lastCluster[c.id] = -1;
    this.flushing[c.ctx] = 0;
    const queued = at >= this.queues.from && at < this.queues.to;
    const phase = queued ? QUEUE : CODE;
    if (kind === LOAD || kind === AWAIT)
      return this.charge(c, costs.code + costs.load + this.moved(c.id, this.lines.read(c.id, at)), phase);
    if (kind !== RMW && kind !== ACQUIRE) return this.charge(c, costs.code);
    if (this.isOwnWord(at)) return this.charge(c, costs.code + costs.load);
    return this.charge(c, costs.code + costs.locked + this.moved(c.id, this.lines.write(c.id, at)), phase);
  }

  /** The line is taken while code goes on. */
  store(c: Vcpu, p: Ptr): number {
    this.lines.write(c.id, p);
    return this.charge(c, this.terms.costs.store);
  }

  work(c: Vcpu, kind: number): number {
    const { costs } = this.terms;
    switch (kind) {
      case INVLPG_DONE:
        return this.flush(c, costs.invlpg);
      case MOV_CR3_DONE:
        return this.flush(c, costs.movCr3);
      case BROADCAST:
        return this.charge(c, costs.broadcast, SEND);
      case BROADCAST_SYNC:
        return this.charge(c, costs.broadcastSync, SEND);
      default:
        return this.charge(c, kind === PAGE_CLEARED ? costs.clearPage : costs.copyPage);
    }
  }

  /** Several invalidations without an operation between them are one flush. */
  private flush(c: Vcpu, ns: number): number {
    const more = this.flushing[c.ctx] !== 0;
    this.flushing[c.ctx] = 1;
    return this.charge(c, more ? ns : ns + this.terms.costs.flush, FLUSH);
  }

  /** The walks that the vCPU's MMU has made since the last look. */
  walks(c: Vcpu): number {
    const { walks } = this.m.mmus[c.id]!.counters;
    const n = walks - this.walked[c.id]!;
    this.walked[c.id] = walks;
    return this.charge(c, n * this.terms.costs.walk);
  }

  private moved(cpu: number, from: number): number {
    if (from === LOCAL) return 0;
    return this.isFar(cpu, from) ? this.terms.costs.transferFar : this.terms.costs.transfer;
  }

  private isFar(a: number, b: number): boolean {
    const { socket } = this.terms;
    return Math.floor(a / socket) !== Math.floor(b / socket);
  }

  /** Interrupt flag, RCU sections: the processor's own state. */
  private isOwnWord(p: Ptr): boolean {
    return p >= this.m.irqBase && p < this.m.endsBase + this.m.sectionCounters;
  }
}
