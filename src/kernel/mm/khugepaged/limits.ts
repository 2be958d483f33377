// SPDX-License-Identifier: GPL-2.0-only
/**
 * How many entries of a range may be empty, swapped out or shared. khugepaged keeps to its settings, MADV_COLLAPSE to none of them.
 * Linux v6.6: mm/khugepaged.c, the checks that hpage_collapse_scan_pmd(), __collapse_huge_page_isolate() and hpage_collapse_scan_file() have in common.
 */
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_NR } from '../../arch/x86/include/asm/pgtable_types.ts';
import { userfaultfd_armed } from '../../include/linux/userfaultfd_k.ts';
import {
  count_vm_event,
  THP_SCAN_EXCEED_NONE_PTE,
  THP_SCAN_EXCEED_SHARED_PTE,
  THP_SCAN_EXCEED_SWAP_PTE,
} from '../../include/linux/vmstat.ts';
import type { collapse_control } from './collapse_control.ts';
import { khugepaged_read, khugepaged_state } from './khugepaged_scan.ts';

/**
 * How many entries of a table may be empty: what the loop over it asks once, since the VMA's flags stand still under mmap_lock and the setting is a plain
 * variable. A user who waits for missing pages allows none.
 */
export function most_none(c: Vcpu, cc: collapse_control, vma: Ptr): number {
  if (userfaultfd_armed(c, vma)) return 0;
  return cc.is_khugepaged ? khugepaged_read(c, khugepaged_state.max_ptes_none) : HPAGE_PMD_NR;
}

export function exceeds_none(c: Vcpu, most: number, none_or_zero: number): boolean {
  if (none_or_zero <= most) return false;
  count_vm_event(c, THP_SCAN_EXCEED_NONE_PTE);
  return true;
}

export function exceeds_swap(c: Vcpu, cc: collapse_control, swapped: number): boolean {
  if (!cc.is_khugepaged || swapped <= khugepaged_read(c, khugepaged_state.max_ptes_swap)) return false;
  count_vm_event(c, THP_SCAN_EXCEED_SWAP_PTE);
  return true;
}

export function exceeds_shared(c: Vcpu, cc: collapse_control, shared: number): boolean {
  if (!cc.is_khugepaged || shared <= khugepaged_read(c, khugepaged_state.max_ptes_shared)) return false;
  count_vm_event(c, THP_SCAN_EXCEED_SHARED_PTE);
  return true;
}
