// SPDX-License-Identifier: GPL-2.0-only
/**
 * TLB flushes of unmapping, put together. Linux v6.6: mm/rmap.c, try_to_unmap_flush(), set_tlb_ubc_flush_pending(), flush_tlb_batched_pending().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* try_to_unmap_flush(c: Vcpu): Code {
  violate(c, 'check', 'not ported yet: try_to_unmap_flush');
}

export function* try_to_unmap_flush_dirty(c: Vcpu): Code {
  violate(c, 'check', 'not ported yet: try_to_unmap_flush_dirty');
}

export function* set_tlb_ubc_flush_pending(c: Vcpu, mm: Ptr, writable: boolean): Code {
  violate(c, 'check', 'not ported yet: set_tlb_ubc_flush_pending');
}

export function* flush_tlb_batched_pending(c: Vcpu, mm: Ptr): Code {
  violate(c, 'check', 'not ported yet: flush_tlb_batched_pending');
}

export function* should_defer_flush(c: Vcpu, mm: Ptr, flags: number): Code<boolean> {
  violate(c, 'check', 'not ported yet: should_defer_flush');
}
