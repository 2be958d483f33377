// SPDX-License-Identifier: GPL-2.0-only
/**
 * The top of the page tables. Linux v6.6: arch/x86/mm/pgtable.c.
 */
import { violate } from '../../../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../../../mmu/types.ts';

export function* pgd_alloc(c: Vcpu, mm: Ptr): Code<number> {
  violate(c, 'check', 'not ported yet: pgd_alloc');
}

export function* pgd_free(c: Vcpu, mm: Ptr, pgd: number): Code {
  violate(c, 'check', 'not ported yet: pgd_free');
}

export function* pmd_alloc_one(c: Vcpu, mm: Ptr, addr: number): Code<Ptr> {
  violate(c, 'check', 'not ported yet: pmd_alloc_one');
}

export function* pmd_free(c: Vcpu, mm: Ptr, pmd: Ptr): Code {
  violate(c, 'check', 'not ported yet: pmd_free');
}
