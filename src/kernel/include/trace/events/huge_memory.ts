// SPDX-License-Identifier: GPL-2.0-only
/**
 * Tracepoints of the system huge_memory. Linux v6.6: include/trace/events/huge_memory.h. Fields have the kernel's names; mm, pages and files are
 * addresses in the machine's memory.
 */
import type { Vcpu } from '../../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../../mmu/types.ts';
import { page_to_pfn } from '../../linux/mm/page.ts';
import { trace_event, tracing } from '../trace.ts';

/** What the kernel prints for enum scan_result, by number. */
export const SCAN_STATUS: readonly string[] = [
  'failed',
  'succeeded',
  'pmd_null',
  'pmd_none',
  'page_pmd_mapped',
  'exceed_none_pte',
  'exceed_swap_pte',
  'exceed_shared_pte',
  'pte_non_present',
  'pte_uffd_wp',
  'pte_mapped_hugepage',
  'no_writable_page',
  'lack_referenced_page',
  'page_null',
  'scan_aborted',
  'not_suitable_page_count',
  'page_not_in_lru',
  'page_locked',
  'page_not_anon',
  'page_compound',
  'no_process_for_page',
  'vma_null',
  'vma_check_failed',
  'not_suitable_address_range',
  'could_not_delete_page_from_lru',
  'alloc_huge_page_failed',
  'ccgroup_charge_failed',
  'truncated',
  'page_has_private',
  'store_failed',
  'copy_poisoned_page',
  'page_filled',
];

const pfnOf = (c: Vcpu, page: Ptr): number => (page === NULL ? -1 : page_to_pfn(c, page));
const bit = (b: boolean): number => (b ? 1 : 0);

export function trace_mm_khugepaged_scan_pmd(
  c: Vcpu,
  mm: Ptr,
  page: Ptr,
  writable: boolean,
  referenced: number,
  none_or_zero: number,
  result: number,
  unmapped: number,
): void {
  if (!tracing(c)) return;
  const status = SCAN_STATUS[result]!;
  trace_event(c, 'mm_khugepaged_scan_pmd', {
    mm,
    scan_pfn: pfnOf(c, page),
    writable: bit(writable),
    referenced,
    none_or_zero,
    status,
    unmapped,
  });
}

export function trace_mm_collapse_huge_page(c: Vcpu, mm: Ptr, isolated: boolean, status: number): void {
  if (tracing(c)) trace_event(c, 'mm_collapse_huge_page', { mm, isolated: bit(isolated), status: SCAN_STATUS[status]! });
}

export function trace_mm_collapse_huge_page_isolate(
  c: Vcpu,
  page: Ptr,
  none_or_zero: number,
  referenced: number,
  writable: boolean,
  result: number,
): void {
  if (!tracing(c)) return;
  const status = SCAN_STATUS[result]!;
  trace_event(c, 'mm_collapse_huge_page_isolate', {
    scan_pfn: pfnOf(c, page),
    none_or_zero,
    referenced,
    writable: bit(writable),
    status,
  });
}

export function trace_mm_collapse_huge_page_swapin(c: Vcpu, mm: Ptr, swapped_in: number, referenced: number, ret: number): void {
  if (tracing(c)) trace_event(c, 'mm_collapse_huge_page_swapin', { mm, swapped_in, referenced, ret });
}

export function trace_mm_khugepaged_scan_file(c: Vcpu, mm: Ptr, page: Ptr, file: Ptr, present: number, swap: number, result: number): void {
  if (!tracing(c)) return;
  trace_event(c, 'mm_khugepaged_scan_file', { mm, scan_pfn: pfnOf(c, page), file, present, swap, result: SCAN_STATUS[result]! });
}

/** Since v6.2. */
export function trace_mm_khugepaged_collapse_file(
  c: Vcpu,
  mm: Ptr,
  hpage: Ptr,
  index: number,
  addr: number,
  is_shmem: boolean,
  file: Ptr,
  nr: number,
  result: number,
): void {
  if (!tracing(c)) return;
  const fields = { mm, hpage_pfn: pfnOf(c, hpage), index, addr, is_shmem: bit(is_shmem), file, nr, result: SCAN_STATUS[result]! };
  trace_event(c, 'mm_khugepaged_collapse_file', fields);
}
