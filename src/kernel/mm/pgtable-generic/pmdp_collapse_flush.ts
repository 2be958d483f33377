// SPDX-License-Identifier: GPL-2.0-only
/**
 * pmdp_collapse_flush() and pte_free_defer(). Linux v6.6: mm/pgtable-generic.c.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { pageOfSlot } from '../../../../mmu/phys-mem.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { native_pmdp_get_and_clear } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { pte_free } from '../../arch/x86/mm/pgtable/pte_alloc_one.ts';
import { flush_tlb_range } from '../../arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { guard, on } from '../../guard.ts';
import { call_rcu } from '../../kernel/rcu/update.ts';

export const collapse_flush = guard('collapse-flush', 'flush_tlb_range() in pmdp_collapse_flush()', 'mm/pgtable-generic.c');
export const pte_free_deferred = guard(
  'pte-free-defer',
  'pte_free_defer(): the table is freed after a grace period (off: at once)',
  'mm/pgtable-generic.c',
);

/** Takes the table out of its slot and flushes what was translated through it. @returns the low word of the old pmd; the high one in c.hi */
export function* pmdp_collapse_flush(c: Vcpu, vma: Ptr, address: number, pmdp: Ptr): Code<number> {
  const lo = yield* native_pmdp_get_and_clear(c, pmdp);
  const hi = c.hi;
  // Page-grained: 512 pages are more than the ceiling of 33, so it is a full flush of the mm. Lazy CPUs are left out: freed_tables is false.
  if (on(c, collapse_flush)) yield* flush_tlb_range(c, vma, address, address + HPAGE_PMD_SIZE);
  c.hi = hi;
  return lo;
}

/** The callback: nobody who could have found the table in its slot is in an RCU section any more. */
function* pte_free_now(c: Vcpu, slot: number): Code {
  yield* pte_free(c, NULL, pageOfSlot(c.m.mem, slot));
}

export function* pte_free_defer(c: Vcpu, slot: number): Code {
  if (on(c, pte_free_deferred)) yield* call_rcu(c, slot as Ptr, pte_free_now);
  else yield* pte_free_now(c, slot);
}
