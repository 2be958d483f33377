// SPDX-License-Identifier: GPL-2.0-only
/**
 * Gathering what an unmapping frees. Linux v6.6: mm/mmu_gather.c.
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import type { mmu_gather } from '../../include/asm-generic/tlb.ts';

export function* tlb_gather_mmu(c: Vcpu, _mm: Ptr): Code<mmu_gather> {
  violate(c, 'check', 'not ported yet: tlb_gather_mmu');
}

/** The whole mm goes. */
export function* tlb_gather_mmu_fullmm(c: Vcpu, _mm: Ptr): Code<mmu_gather> {
  violate(c, 'check', 'not ported yet: tlb_gather_mmu_fullmm');
}

/** @returns whether the batch is full: the caller flushes */
export function* __tlb_remove_page(c: Vcpu, _tlb: mmu_gather, _page: Ptr, _delay_rmap: boolean): Code<boolean> {
  violate(c, 'check', 'not ported yet: __tlb_remove_page');
}

export function* tlb_remove_page(c: Vcpu, _tlb: mmu_gather, _page: Ptr): Code {
  violate(c, 'check', 'not ported yet: tlb_remove_page');
}

export function* tlb_remove_table(c: Vcpu, _tlb: mmu_gather, _page: Ptr): Code {
  violate(c, 'check', 'not ported yet: tlb_remove_table');
}

export function* tlb_flush_mmu_tlbonly(c: Vcpu, _tlb: mmu_gather): Code {
  violate(c, 'check', 'not ported yet: tlb_flush_mmu_tlbonly');
}

export function* tlb_flush_mmu(c: Vcpu, _tlb: mmu_gather): Code {
  violate(c, 'check', 'not ported yet: tlb_flush_mmu');
}

/** tlb_flush_rmaps(): what was delayed, once the flush is done and before the page-table lock is given back. */
export function* tlb_flush_rmaps(c: Vcpu, _tlb: mmu_gather, _vma: Ptr): Code {
  violate(c, 'check', 'not ported yet: tlb_flush_rmaps');
}

export function* tlb_finish_mmu(c: Vcpu, _tlb: mmu_gather): Code {
  violate(c, 'check', 'not ported yet: tlb_finish_mmu');
}
