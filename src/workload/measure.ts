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
import type { Measured } from './result.ts';
import { lineOf, STATUS, statusOf } from './trace-text.ts';
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

/** Keeps what tells an outcome: all flushes of a large workload would not fit into memory. */
class Outcomes {
  readonly records: TraceRecord[] = [];

  push(record: TraceRecord): void {
    if (Object.hasOwn(STATUS, record.name)) this.records.push(record);
  }
}

/**
 * @param traced whether all events are kept, not only those that tell an outcome
 * @param actor of the vCPU's program meanwhile
 */
export function measure(w: World, traced: boolean, actor: (cpu: number) => string, work: () => void): Measured {
  const before = countersOf(w);
  const outcomes = new Outcomes();
  const records = traced ? [] : outcomes.records;
  w.k.tracer = traced ? records : outcomes;
  work();
  w.k.tracer = null;
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
    status: records.flatMap((r) => statusOf(r)),
    irq: { TLB: grown('TLB'), CAL: grown('CAL'), RES: grown('RES') },
    trace: traced ? records.map((r) => [r.role === PROGRAM ? actor(r.cpu) : `cpu${r.cpu}`, lineOf(r)]) : [],
  };
}
