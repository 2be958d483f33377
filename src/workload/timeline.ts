// SPDX-License-Identifier: GPL-2.0-only
/**
 * What a workload does, as timed rows for a trace. The clock moves only while somebody sleeps; between, each operation of the machine counts as a
 * nanosecond, so that order and nesting are real and lengths are counts.
 */
import type { Vcpu } from '../../cpu/vcpu.ts';
import type { Watcher } from '../../cpu/watcher.ts';
import { vector_name } from '../kernel/arch/x86/kernel/smp/vectors.ts';
import type { TraceRecord } from '../kernel/include/trace/trace.ts';
import type { TimedRow } from '../report/timed-row.ts';
import type { Operation } from './operation.ts';
import { clockOf } from './pace.ts';
import type { World } from './world.ts';

const NS = 1e9;

export class Timeline implements Watcher {
  private readonly w: World;
  private rows: TimedRow[] = [];
  /** For each vCPU who has sent it an interrupt that has not been taken, and whose interrupts its handler has taken. */
  private readonly senders: number[][];
  private readonly taken: number[][];

  constructor(w: World) {
    this.w = w;
    this.senders = Array.from({ length: w.m.cpus }, () => []);
    this.taken = Array.from({ length: w.m.cpus }, () => []);
  }

  /** The rows since the last call. */
  take(): TimedRow[] {
    const { rows } = this;
    this.rows = [];
    return rows;
  }

  /** An operation, from its begin to its end. */
  during<T>(op: Operation, work: () => T): T {
    const cpu = this.cpuOf(op);
    this.rows.push({ ...this.at(cpu), kind: 'begin', name: op.text });
    const result = work();
    this.rows.push({ ...this.at(cpu), kind: 'end' });
    return result;
  }

  /** A tracepoint. */
  push({ cpu, name, fields }: TraceRecord): void {
    this.rows.push({ ...this.at(cpu), kind: 'instant', name, args: fields });
  }

  sends(c: Vcpu, cpu: number, vector: number): void {
    this.senders[cpu]!.push(c.id);
    this.rows.push({ ...this.at(c.id), kind: 'send', to: cpu, name: vector_name(vector) });
  }

  enters(c: Vcpu, vector: number): void {
    this.taken[c.id] = this.senders[c.id]!.splice(0);
    this.rows.push({ ...this.at(c.id), kind: 'enter', name: vector_name(vector) });
  }

  /** What it was called for is done. */
  leaves(c: Vcpu): void {
    const at = this.at(c.id);
    for (const to of this.taken[c.id]!.splice(0)) this.rows.push({ ...at, kind: 'ack', to });
    this.rows.push({ ...at, kind: 'leave' });
  }

  waits(c: Vcpu): void {
    this.rows.push({ ...this.at(c.id), kind: 'wait', name: `wait for ${c.m.nameOf(c.at)}` });
  }

  goesOn(c: Vcpu): void {
    const csd = /^csd\(\d+ to (\d+)\)/.exec(c.m.nameOf(c.at));
    this.rows.push({ ...this.at(c.id), kind: 'waited', ...(csd !== null && { from: Number(csd[1]) }) });
  }

  private at(cpu: number): { time: number; cpu: number } {
    return { time: Math.round(clockOf(this.w) * NS) + this.w.m.seq, cpu };
  }

  /** Where an operation runs: what is no process's is the controller's, on CPU 0. */
  private cpuOf(op: Operation): number {
    return op.name === 'khugepaged' ? this.w.khugepagedCpu : (this.w.processes.get(String(op.args[0]))?.cpu ?? 0);
  }
}
