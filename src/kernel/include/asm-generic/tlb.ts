// SPDX-License-Identifier: GPL-2.0-only
/**
 * mmu_gather: page-table entries are cleared, the TLBs are flushed once, and only then the pages and tables are freed. What has to be flushed is noted
 * here. Linux v6.6: include/asm-generic/tlb.h, struct mmu_gather, __tlb_adjust_range(), __tlb_reset_range(), tlb_flush_pte_range(),
 * tlb_remove_tlb_entry(), tlb_start_vma(), tlb_end_vma(), tlb_get_unmap_shift().
 *
 * left out: huge page sizes other than 2 MiB; VM_PFNMAP, which makes tlb_end_vma() flush at once.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { pte_young } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_SIZE, PAGE_SHIFT, PMD_SHIFT } from '../../arch/x86/include/asm/pgtable_types.ts';
import { at } from '../../struct.ts';
import { vm_area_struct } from '../linux/mm_types.ts';

const TASK_SIZE = 0xc0000000;
const VM_EXEC = 4;
const PUD_SHIFT = 30;

/** On the stack of one unmapping; nobody else sees it. */
export interface mmu_gather {
  mm: Ptr;
  start: number;
  end: number;
  /** Nobody uses the mm any more. */
  fullmm: boolean;
  need_flush_all: boolean;
  freed_tables: boolean;
  delayed_rmap: boolean;
  cleared_ptes: boolean;
  cleared_pmds: boolean;
  cleared_puds: boolean;
  /** A CPU may have one of the entries in its TLB: A was set in it. Nobody in Linux asks. */
  cleared_young: boolean;
  /** So have the VMAs: nothing is mapped there until mmap() gives the addresses out again. Nobody in Linux asks. */
  unmapped_vmas: boolean;
  vma_exec: boolean;
  /** Pages that go when the flush is done; tables among them. */
  pages: Ptr[];
  /** Those of them whose rmap is taken away after the flush too: from 6.2 on. */
  rmaps: Ptr[];
  /** First table of those that go after a grace period, linked by lru_next: struct mmu_table_batch. */
  batch: Ptr;
}

function __tlb_adjust_range(tlb: mmu_gather, address: number, size: number): void {
  tlb.start = Math.min(tlb.start, address);
  tlb.end = Math.max(tlb.end, address + size);
}

export function __tlb_reset_range(tlb: mmu_gather): void {
  tlb.start = tlb.fullmm ? 0xffffffff : TASK_SIZE;
  tlb.end = tlb.fullmm ? 0xffffffff : 0;
  tlb.freed_tables = tlb.cleared_ptes = tlb.cleared_pmds = tlb.cleared_puds = tlb.cleared_young = false;
}

export function tlb_flush_pte_range(_c: Vcpu, tlb: mmu_gather, address: number, size: number): void {
  __tlb_adjust_range(tlb, address, size);
  tlb.cleared_ptes = tlb.cleared_young = true;
}

export function tlb_flush_pmd_range(_c: Vcpu, tlb: mmu_gather, address: number, size: number): void {
  __tlb_adjust_range(tlb, address, size);
  tlb.cleared_pmds = tlb.cleared_young = true;
}

export function tlb_flush_pud_range(_c: Vcpu, tlb: mmu_gather, address: number, size: number): void {
  __tlb_adjust_range(tlb, address, size);
  tlb.cleared_puds = tlb.cleared_young = true;
}

/** @param lo what the entry held */
export function tlb_remove_tlb_entry(c: Vcpu, tlb: mmu_gather, _ptep: Ptr, address: number, lo: number): void {
  const young = tlb.cleared_young || pte_young(lo);
  tlb_flush_pte_range(c, tlb, address, 4096);
  tlb.cleared_young = young;
}

export function tlb_remove_pmd_tlb_entry(c: Vcpu, tlb: mmu_gather, _pmdp: Ptr, address: number): void {
  tlb_flush_pmd_range(c, tlb, address, HPAGE_PMD_SIZE);
}

/** How far apart the translations are that the range may have. */
export const tlb_get_unmap_shift = (tlb: mmu_gather): number =>
  tlb.cleared_ptes ? PAGE_SHIFT : tlb.cleared_pmds ? PMD_SHIFT : tlb.cleared_puds ? PUD_SHIFT : PAGE_SHIFT;

export function tlb_start_vma(c: Vcpu, tlb: mmu_gather, vma: Ptr): void {
  if (!tlb.fullmm) tlb.vma_exec = (peek(c, at(vma, vm_area_struct.vm_flags)) & VM_EXEC) !== 0;
}

/** x86 merges VMAs into one flush (MMU_GATHER_MERGE_VMAS). */
export function tlb_end_vma(_c: Vcpu, _tlb: mmu_gather, _vma: Ptr): void {}

/** On x86 one gathering may have pages of several sizes. */
export function tlb_change_page_size(_c: Vcpu, _tlb: mmu_gather, _page_size: number): void {}

/** From here on rmaps are taken away by tlb_flush_rmaps(). */
export function tlb_delay_rmap(_c: Vcpu, tlb: mmu_gather): void {
  tlb.delayed_rmap = true;
}
