// SPDX-License-Identifier: GPL-2.0-only
/**
 * The look at a pmd before it is collapsed. Linux v6.6: mm/khugepaged.c, find_pmd_or_thp_or_none(),
 * hpage_collapse_test_exit().
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_bad, pmd_none, pmd_present, pmd_trans_huge } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { pmdp_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { at } from '../../struct.ts';
import { vma_address } from '../interval_tree/i_mmap.ts';
import { SCAN_PMD_MAPPED, SCAN_PMD_NONE, SCAN_PMD_NULL, SCAN_SUCCEED } from './scan_result.ts';

/** Reads the pmd with interrupts on: only its low bits are looked at. @returns a result code; the pmd's address is in c.out */
export function* find_pmd_or_thp_or_none(c: Vcpu, mm: Ptr, address: number): Code<number> {
  const pmd = mm_find_pmd(c, mm, address);
  if (pmd === NULL) return SCAN_PMD_NULL;
  const lo = yield* pmdp_get_lockless(c, pmd);
  const hi = c.hi;
  c.out = pmd;
  if (pmd_none(lo)) return SCAN_PMD_NONE;
  if (!pmd_present(lo)) return SCAN_PMD_NULL;
  if (pmd_trans_huge(lo)) return SCAN_PMD_MAPPED;
  return pmd_bad(lo, hi) ? SCAN_PMD_NULL : SCAN_SUCCEED;
}

/**
 * Does a VMA map the range at `pgoff` by a table that may be retracted: no anonymous pages, whole and aligned, a table in the slot?
 * @returns the pmd's address, or NULL; the user address is in c.outLo
 */
export function* find_table_of(c: Vcpu, vma: Ptr, pgoff: number): Code<Ptr> {
  // READ_ONCE: anon_vma_prepare() may set it meanwhile, with no lock that is held here.
  if ((yield* load(c, at(vma, vm_area_struct.anon_vma))) !== NULL) return NULL;
  const addr = vma_address(c, vma, pgoff);
  if (addr % HPAGE_PMD_SIZE !== 0 || peek(c, at(vma, vm_area_struct.vm_end)) < addr + HPAGE_PMD_SIZE) return NULL;
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  if ((yield* find_pmd_or_thp_or_none(c, mm, addr)) !== SCAN_SUCCEED) return NULL;
  c.outLo = addr;
  return c.out as Ptr;
}

/** Is the mm on its way out? */
export function* hpage_collapse_test_exit(c: Vcpu, mm: Ptr): Code<boolean> {
  return (yield* load(c, at(mm, mm_struct.mm_users))) === 0;
}
