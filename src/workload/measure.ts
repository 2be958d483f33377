// SPDX-License-Identifier: GPL-2.0-only
/**
 * What an operation changed: counters of /proc/vmstat and /proc/interrupts, tracepoints in order.
 */
import { PROGRAM } from '../../cpu/vcpu.ts';
import type { Ptr } from '../../mmu/types.ts';
import { percpu } from '../kernel/include/linux/percpu.ts';
import { vmstat_show } from '../kernel/include/linux/vmstat.ts';
import type { TraceRecord } from '../kernel/include/trace/trace.ts';
import { khugepaged_attr_show } from '../kernel/mm/khugepaged/sysfs.ts';
import { clockOf } from './pace.ts';
import type { Measured } from './result.ts';
import { STATUS, statusOf } from './trace-text.ts';
import type { World } from './world.ts';

interface Counters {
  vmstat: Map<string, number>;
  irq: Measured['irq'];
  pages_collapsed: number;
  full_scans: number;
}

function countersOf(w: World): Counters {
  const { words } = w.m.mem;
  const each = (field: number): number[] => w.k.percpu.map((area: Ptr) => words[area + field]!);
  const c = w.m.contexts[0]!;
  return {
    vmstat: vmstat_show(w.k),
    irq: { TLB: each(percpu.irq_tlb_count), CAL: each(percpu.irq_call_count), RES: each(percpu.irq_resched_count) },
    pages_collapsed: Number(khugepaged_attr_show(c, 'pages_collapsed')),
    full_scans: Number(khugepaged_attr_show(c, 'full_scans')),
  };
}

/** A traced event as a line. @param time seconds since boot */
export type TraceFormat = (r: TraceRecord, actor: string, time: number) => string;

/** What is kept of each event: all flushes of a large workload, as they are, would not fit into memory. */
class Listener {
  readonly status: Measured['status'] = [];
  readonly trace: Measured['trace'] = [];
  private readonly w: World;
  private readonly format: TraceFormat | null;
  private readonly actor: (cpu: number) => string;

  constructor(w: World, format: TraceFormat | null, actor: (cpu: number) => string) {
    this.w = w;
    this.format = format;
    this.actor = actor;
  }

  push(record: TraceRecord): void {
    this.w.timeline?.push(record);
    if (Object.hasOwn(STATUS, record.name)) this.status.push(...statusOf(record));
    if (this.format === null) return;
    const actor = record.role === PROGRAM ? this.actor(record.cpu) : `cpu${record.cpu}`;
    this.trace.push([actor, this.format(record, actor, clockOf(this.w))]);
  }
}

/**
 * Also of work that did not come to its end.
 * @param format of the trace; null: only what tells an outcome is kept
 * @param actor of the vCPU's program meanwhile
 */
export function measure(w: World, format: TraceFormat | null, actor: (cpu: number) => string, work: () => void): Measured {
  const before = countersOf(w);
  const listener = new Listener(w, format, actor);
  w.k.tracer = listener;
  work();
  w.k.tracer = w.timeline;
  const after = countersOf(w);
  const vmstat: Record<string, number> = {};
  for (const [name, value] of after.vmstat) {
    const grown = value - (before.vmstat.get(name) ?? 0);
    if (grown !== 0) vmstat[name] = grown;
  }
  const grown = (name: keyof Measured['irq']): number[] => after.irq[name].map((n, cpu) => n - before.irq[name][cpu]!);
  return {
    pages_collapsed: after.pages_collapsed - before.pages_collapsed,
    full_scans: after.full_scans - before.full_scans,
    vmstat,
    status: listener.status,
    irq: { TLB: grown('TLB'), CAL: grown('CAL'), RES: grown('RES') },
    trace: listener.trace,
  };
}
