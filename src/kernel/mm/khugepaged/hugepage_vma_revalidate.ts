// SPDX-License-Identifier: GPL-2.0-only
/**
 * What may have changed while mmap_lock was not held. Linux v6.6: mm/khugepaged.c, hugepage_vma_revalidate(), check_pmd_still_valid().
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { guard, on } from '../../guard.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';
import { hugepage_vma_check, transhuge_vma_suitable } from '../huge_memory/hugepage_vma_check.ts';
import { find_vma, vma_is_anonymous } from '../mmap/find_vma.ts';
import type { collapse_control } from './collapse_control.ts';
import { find_pmd_or_thp_or_none, hpage_collapse_test_exit } from './find_pmd.ts';
import {
  SCAN_ADDRESS_RANGE,
  SCAN_ANY_PROCESS,
  SCAN_FAIL,
  SCAN_PAGE_ANON,
  SCAN_SUCCEED,
  SCAN_VMA_CHECK,
  SCAN_VMA_NULL,
} from './scan_result.ts';

export const vma_revalidate = guard('vma-revalidate', 'hugepage_vma_revalidate() after mmap_lock was taken for writing', 'mm/khugepaged.c');
export const pmd_still_valid = guard('pmd-still-valid', 'check_pmd_still_valid() under mmap_lock for writing', 'mm/khugepaged.c');

/** @returns a result code; on SCAN_SUCCEED the VMA is in c.out */
export function* hugepage_vma_revalidate(c: Vcpu, mm: Ptr, address: number, expect_anon: boolean, cc: collapse_control): Code<number> {
  if (yield* hpage_collapse_test_exit(c, mm)) return SCAN_ANY_PROCESS;
  const vma = find_vma(c, mm, address);
  if (vma === NULL) return SCAN_VMA_NULL;
  if (!transhuge_vma_suitable(c, vma, address)) return SCAN_ADDRESS_RANGE;
  const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
  if (!(yield* hugepage_vma_check(c, vma, vm_flags, false, false, cc.is_khugepaged))) return SCAN_VMA_CHECK;
  // A file may have been mapped here meanwhile.
  if (expect_anon && ((yield* load(c, at(vma, vm_area_struct.anon_vma))) === NULL || !vma_is_anonymous(c, vma))) return SCAN_PAGE_ANON;
  c.out = vma;
  return SCAN_SUCCEED;
}

/** The same checks, if they are made at all. */
export function* hugepage_vma_revalidate_again(c: Vcpu, mm: Ptr, address: number, vma: Ptr, cc: collapse_control): Code<number> {
  if (on(c, vma_revalidate)) return yield* hugepage_vma_revalidate(c, mm, address, true, cc);
  c.out = vma;
  return SCAN_SUCCEED;
}

export function* check_pmd_still_valid(c: Vcpu, mm: Ptr, address: number, pmd: Ptr): Code<number> {
  if (!on(c, pmd_still_valid)) return SCAN_SUCCEED;
  const result = yield* find_pmd_or_thp_or_none(c, mm, address);
  if (result !== SCAN_SUCCEED) return result;
  return c.out === pmd ? SCAN_SUCCEED : SCAN_FAIL;
}
