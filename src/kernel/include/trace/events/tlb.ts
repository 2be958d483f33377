// SPDX-License-Identifier: GPL-2.0-only
/**
 * The tracepoint of TLB flushes. Linux v6.6: include/trace/events/tlb.h, tlb_flush; include/linux/mm_types.h, enum tlb_flush_reason.
 */
import type { Vcpu } from '../../../../../cpu/vcpu.ts';
import { trace_event, tracing } from '../trace.ts';

export const TLB_FLUSH_ON_TASK_SWITCH = 0;
export const TLB_REMOTE_SHOOTDOWN = 1;
export const TLB_LOCAL_SHOOTDOWN = 2;
export const TLB_LOCAL_MM_SHOOTDOWN = 3;
export const TLB_REMOTE_SEND_IPI = 4;

/** @param pages ~0: everything */
export function trace_tlb_flush(c: Vcpu, reason: number, pages: number): void {
  if (tracing(c)) trace_event(c, 'tlb_flush', { pages, reason });
}
