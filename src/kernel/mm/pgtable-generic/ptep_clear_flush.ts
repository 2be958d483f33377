// SPDX-License-Identifier: GPL-2.0-only
/**
 * An entry is taken away or made invalid, and what was translated through it is flushed. Linux v6.6: mm/pgtable-generic.c, ptep_clear_flush(),
 * pmdp_huge_clear_flush(), pmdp_invalidate(); arch/x86/mm/pgtable.c, pmdp_invalidate_ad().
 */

import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { pmd_mkinvalid } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import {
  pmd_val,
  pmdp_establish,
  pmdp_huge_get_and_clear,
  pte_accessible,
  ptep_get_and_clear,
} from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { flush_tlb_page, flush_tlb_range } from '../../arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';

/** @returns the old low word; the high one is in c.hi */
export function* ptep_clear_flush(c: Vcpu, vma: Ptr, address: number, ptep: Ptr): Code<number> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const lo = yield* ptep_get_and_clear(c, mm, address, ptep);
  const hi = c.hi;
  if (yield* pte_accessible(c, mm, lo)) yield* flush_tlb_page(c, vma, address);
  c.hi = hi;
  return lo;
}

export const flush_pmd_tlb_range = flush_tlb_range;

/** @returns the old low word; the high one is in c.hi */
export function* pmdp_huge_clear_flush(c: Vcpu, vma: Ptr, address: number, pmdp: Ptr): Code<number> {
  const lo = yield* pmdp_huge_get_and_clear(c, peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr, address, pmdp);
  const hi = c.hi;
  yield* flush_pmd_tlb_range(c, vma, address, address + HPAGE_PMD_SIZE);
  c.hi = hi;
  return lo;
}

/** No flush: nobody can set A or D in an entry that is not present. @returns the old low word; the high one is in c.hi */
export function* pmdp_invalidate_ad(c: Vcpu, vma: Ptr, address: number, pmdp: Ptr): Code<number> {
  const lo = pmd_val(c, pmdp);
  const invalid = pmd_mkinvalid(c, lo, c.hi);
  return yield* pmdp_establish(c, vma, address, pmdp, invalid, c.hi);
}

/** @returns the old low word; the high one is in c.hi */
export function* pmdp_invalidate(c: Vcpu, vma: Ptr, address: number, pmdp: Ptr): Code<number> {
  const lo = yield* pmdp_invalidate_ad(c, vma, address, pmdp);
  const hi = c.hi;
  yield* flush_pmd_tlb_range(c, vma, address, address + HPAGE_PMD_SIZE);
  c.hi = hi;
  return lo;
}
