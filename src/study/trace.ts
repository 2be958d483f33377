// SPDX-License-Identifier: GPL-2.0-only
/**
 * The first operations of a timed run as rows for a trace, at the times of the vCPUs' clocks: operations, interrupts, waits and flushes. It stands between the
 * machine and the engine, and before whoever listens to that, and changes nothing that they see.
 */
import { BROADCAST, BROADCAST_SYNC, INVLPG_DONE, type Meter, MOV_CR3_DONE } from '../../cpu/meter.ts';
import { HANDLER, type Vcpu } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import type { Listener } from '../engines/timed/listener.ts';
import { vector_name } from '../kernel/arch/x86/kernel/smp/vectors.ts';
import { call_single_data } from '../kernel/include/linux/percpu.ts';
import { at } from '../kernel/struct.ts';
import type { TimedRow } from '../report/timed-row.ts';
import type { BenchMachine } from './bench-machine.ts';

/** Operations that a trace has. */
export const TRACED = 20;

const FLUSHES = new Map([
  [INVLPG_DONE, 'INVLPG'],
  [MOV_CR3_DONE, 'MOV CR3'],
  [BROADCAST, 'INVLPGB'],
  [BROADCAST_SYNC, 'TLBSYNC'],
]);
const DEPTH: Partial<Record<TimedRow['kind'], number>> = { begin: 1, enter: 1, wait: 1, end: -1, leave: -1, waited: -1 };

export class Trace implements Listener, Meter {
  private readonly b: BenchMachine;
  private readonly rows: TimedRow[];
  private next!: Listener;
  private operations = 0;
  /** Slices that are open on each vCPU. */
  private readonly depth: number[];
  /** For each vCPU who has sent it an interrupt that it has not taken, and whose calls its handler has not answered. */
  private readonly senders: number[][];
  private readonly taken: number[][];
  /** The last flush on each vCPU. */
  private readonly flushed: { kind: number; end: TimedRow }[] = [];

  constructor(b: BenchMachine, rows: TimedRow[]) {
    const each = <T>(make: () => T): T[] => Array.from({ length: b.world.m.cpus }, make);
    this.b = b;
    this.rows = rows;
    this.depth = each(() => 0);
    this.senders = each(() => []);
    this.taken = each(() => []);
  }

  attach(): void {
    const { engine, world } = this.b;
    this.next = engine.listener!;
    engine.listener = this;
    world.m.meter = this;
  }

  begin(cpu: number, name: string): void {
    if (this.operations < TRACED) this.push({ time: this.b.engine.now(), cpu, kind: 'begin', name });
  }

  end(cpu: number): void {
    this.push({ time: this.b.engine.now(), cpu, kind: 'end' });
    this.operations++;
  }

  sent(time: number, cpu: number, to: number, vector: number): void {
    this.next.sent(time, cpu, to, vector);
    this.senders[to]!.push(cpu);
    this.push({ time, cpu, kind: 'send', to, name: vector_name(vector) });
  }

  entered(time: number, cpu: number, vector: number): void {
    this.next.entered(time, cpu, vector);
    this.taken[cpu] = this.senders[cpu]!.splice(0);
    this.push({ time, cpu, kind: 'enter', name: vector_name(vector) });
  }

  left(time: number, cpu: number): void {
    this.next.left(time, cpu);
    for (const to of this.taken[cpu]!.splice(0)) this.push({ time, cpu, kind: 'ack', to });
    this.push({ time, cpu, kind: 'leave' });
  }

  waits(time: number, cpu: number, p: Ptr): void {
    this.next.waits(time, cpu, p);
    this.push({ time, cpu, kind: 'wait', name: `wait for ${this.b.world.m.nameOf(p)}` });
  }

  waited(time: number, cpu: number, p: Ptr): void {
    this.next.waited(time, cpu, p);
    const csd = /^csd\(\d+ to (\d+)\)/.exec(this.b.world.m.nameOf(p));
    this.push({ time, cpu, kind: 'waited', ...(csd !== null && { from: Number(csd[1]) }) });
  }

  woke(time: number, by: number, cpu: number): void {
    this.next.woke(time, by, cpu);
  }

  performs(c: Vcpu): boolean {
    return this.b.engine.performs(c);
  }

  /** The answer to a call is a store: csd_unlock(). */
  stored(c: Vcpu, p: Ptr): void {
    const { engine, world } = this.b;
    engine.stored(c, p);
    if (c.role !== HANDLER) return;
    const { id: cpu, m } = c;
    const taken = this.taken[cpu]!;
    const i = taken.findIndex((source) => p === at(world.k.csd[source * m.cpus + cpu]!, call_single_data.u_flags));
    if (i >= 0) this.push({ time: engine.now(), cpu, kind: 'ack', to: taken.splice(i, 1)[0]! });
  }

  /** Flushes of one kind, one right after the other, are one slice. */
  worked(c: Vcpu, kind: number): void {
    const { engine } = this.b;
    const from = engine.now();
    engine.worked(c, kind);
    const name = FLUSHES.get(kind);
    const time = engine.now();
    if (name === undefined || time === from) return;
    const { id: cpu } = c;
    const last = this.flushed[cpu];
    if (last?.kind === kind && last.end.time === from) {
      last.end.time = time;
      return;
    }
    const end: TimedRow = { time, cpu, kind: 'end' };
    this.flushed[cpu] = { kind, end };
    this.push({ time: from, cpu, kind: 'begin', name });
    this.push(end);
  }

  /** After the last operation only what is open goes on, to its end. */
  private push(row: TimedRow): void {
    if (this.operations >= TRACED && this.depth[row.cpu] === 0) return;
    this.depth[row.cpu]! += DEPTH[row.kind] ?? 0;
    this.rows.push(row);
  }
}
