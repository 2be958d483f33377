// SPDX-License-Identifier: GPL-2.0-only
/**
 * Tracepoints and traced functions. Linux v6.6: include/linux/tracepoint.h, kernel/trace/trace_events.c; kernel/trace/trace_kprobe.c for
 * the functions that the recorded runs watched.
 *
 * Whoever wants to know puts a list into `kernel.tracer`; where there is none, an event costs one comparison. What is recorded is never
 * read by the port, so it orders nothing.
 */
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import { kernelOf } from '../../kernel.ts';

/** Values by the kernel's names of the fields. */
export type TraceFields = Readonly<Record<string, number | string>>;

export interface TraceRecord {
  /** vCPU that it happened on. */
  cpu: number;
  /** A context's role: program, interrupt handler, callback (cpu/vcpu.ts). */
  role: number;
  /** Of the tracepoint, or of the function. */
  name: string;
  fields: TraceFields;
}

/** Who listens: a list, or what keeps only some. */
export interface Tracer {
  push(record: TraceRecord): unknown;
}

/** Is anybody listening? Asked before the fields are put together. */
export const tracing = (c: Vcpu): boolean => kernelOf(c).tracer !== null;

/** Records a tracepoint, or the arguments of a function that runs were watched at. */
export function trace_event(c: Vcpu, name: string, fields: TraceFields): void {
  const { tracer } = kernelOf(c);
  if (tracer !== null) tracer.push({ cpu: c.id, role: c.role, name, fields });
}
