// SPDX-License-Identifier: GPL-2.0-only
/**
 * Trace records as the lines of /sys/kernel/tracing/trace. The clock moves only while somebody sleeps; process k has the pid 1000 + k.
 * Reference: Linux v6.6 kernel/trace/trace_output.c, trace_print_context(), trace_print_lat_fmt(); include/trace/events/huge_memory.h, tlb.h.
 */
import { PROGRAM } from '../../cpu/vcpu.ts';
import type { TraceRecord } from '../kernel/include/trace/trace.ts';
import { TLB_FLUSH_REASONS } from './trace-text.ts';

/** What ftrace prints above them. */
export const FTRACE_HEADER = ['# tracer: nop', '#', '#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION'];

/** Shown in hexadecimal. */
const ADDRESSES = new Set(['start', 'end', 'mm', 'addr', 'address', 'scan_pfn', 'mask', 'hpfn', 'pfn', 'index']);

const pidOf = (actor: string): string =>
  /^P\d+$/.test(actor) ? String(1000 + Number(actor.slice(1))) : actor === 'khugepaged' ? '40' : '0';

/**
 * @param actor whose context it was: a process, khugepaged, or cpuN
 * @param time seconds since boot
 */
export function ftraceLine(r: TraceRecord, actor: string, time: number): string {
  const comm = actor.startsWith('cpu') ? '<idle>' : actor;
  const context = r.role === PROGRAM ? '.....' : 'd.h1.';
  return `${comm.padStart(16)}-${pidOf(actor).padEnd(7)} [${String(r.cpu).padStart(3, '0')}] ${context} ${time.toFixed(6).padStart(12)}: ${r.name}: ${fieldsOf(r)}`;
}

function fieldsOf({ name, fields }: TraceRecord): string {
  if (name === 'tlb_flush') {
    const reason = fields['reason'] as number;
    return `pages:${(fields['pages'] as number) | 0} reason:${TLB_FLUSH_REASONS[reason]} (${reason})`;
  }
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${typeof value === 'number' && ADDRESSES.has(key) ? `0x${(value >>> 0).toString(16)}` : value}`)
    .join(', ');
}
