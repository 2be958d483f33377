// SPDX-License-Identifier: GPL-2.0-only
/**
 * __split_huge_pmd
 * Linux v6.6: mm/huge_memory.c, __split_huge_pmd(), split_huge_pmd_address().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function* __split_huge_pmd(c: Vcpu, vma: Ptr, pmd: Ptr, address: number, freeze: boolean, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: __split_huge_pmd');
}

export function* split_huge_pmd(c: Vcpu, vma: Ptr, pmd: Ptr, address: number): Code {
  violate(c, 'check', 'not ported yet: split_huge_pmd');
}

export function* split_huge_pmd_address(c: Vcpu, vma: Ptr, address: number, freeze: boolean, folio: Ptr): Code {
  violate(c, 'check', 'not ported yet: split_huge_pmd_address');
}

export function* vma_adjust_trans_huge(c: Vcpu, vma: Ptr, start: number, end: number, adjust_next: number): Code {
  violate(c, 'check', 'not ported yet: vma_adjust_trans_huge');
}
