// SPDX-License-Identifier: GPL-2.0-only
/**
 * unmap_vmas
 * Linux v6.6: mm/memory.c, unmap_vmas(), zap_page_range_single().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import type { mmu_gather } from '../../include/asm-generic/tlb.ts';
import type { zap_details } from '../../include/linux/mm/vm_fault.ts';

export function* unmap_vmas(c: Vcpu, tlb: mmu_gather, vma: Ptr, start_addr: number, end_addr: number): Code {
  violate(c, 'check', 'not ported yet: unmap_vmas');
}

export function* unmap_page_range(c: Vcpu, tlb: mmu_gather, vma: Ptr, addr: number, end: number, details: zap_details | null): Code {
  violate(c, 'check', 'not ported yet: unmap_page_range');
}

export function* zap_page_range_single(c: Vcpu, vma: Ptr, address: number, size: number, details: zap_details | null = null): Code {
  violate(c, 'check', 'not ported yet: zap_page_range_single');
}
