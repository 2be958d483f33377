// SPDX-License-Identifier: GPL-2.0-only
/**
 * Counts flushes by the kernel's own tracepoint, and how many CPUs each one's mask named.
 */
import { TLB_FLUSH_ON_TASK_SWITCH, TLB_REMOTE_SEND_IPI } from '../kernel/include/trace/events/tlb.ts';
import type { TraceRecord, Tracer } from '../kernel/include/trace/trace.ts';

const ALL = 0xffffffff;

/** Bits of a cpumask as a trace has it: a number, or words in hexadecimal. */
function weight(mask: number | string): number {
  let n = 0;
  for (const word of typeof mask === 'number' ? [mask] : mask.split(',').map((w) => Number.parseInt(w, 16)))
    for (let rest = word >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) n++;
  return n;
}

export class FlushCount implements Tracer {
  full = 0;
  ranged = 0;
  /** Other CPUs in the masks of all flushes. */
  wanted = 0;

  push({ name, fields }: TraceRecord): void {
    if (name === 'flush_tlb_multi') this.wanted += weight(fields['mask']!) - 1;
    if (name !== 'tlb_flush') return;
    const reason = fields['reason'] as number;
    if (reason === TLB_REMOTE_SEND_IPI || reason === TLB_FLUSH_ON_TASK_SWITCH) return;
    const pages = (fields['pages'] as number) >>> 0;
    if (pages === ALL) this.full++;
    else if (pages > 0) this.ranged++;
  }
}
