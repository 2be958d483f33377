// SPDX-License-Identifier: GPL-2.0-only
/**
 * pgtable_trans_huge_deposit
 * Linux v6.6: mm/pgtable-generic.c, pgtable_trans_huge_deposit(), pgtable_trans_huge_withdraw().
 */
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';

export function pgtable_trans_huge_deposit(c: Vcpu, mm: Ptr, pmdp: Ptr, pgtable: Ptr): void {
  violate(c, 'check', 'not ported yet: pgtable_trans_huge_deposit');
}

export function pgtable_trans_huge_withdraw(c: Vcpu, mm: Ptr, pmdp: Ptr): Ptr {
  violate(c, 'check', 'not ported yet: pgtable_trans_huge_withdraw');
}
