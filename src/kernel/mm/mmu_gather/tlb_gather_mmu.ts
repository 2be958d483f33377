// SPDX-License-Identifier: GPL-2.0-only
/**
 * Gathering what an unmapping frees. Linux v6.6: mm/mmu_gather.c, tlb_gather_mmu(), tlb_gather_mmu_fullmm(), __tlb_remove_page_size(), tlb_flush_mmu(),
 * tlb_flush_rmaps(), tlb_finish_mmu(); include/asm-generic/tlb.h, tlb_flush_mmu_tlbonly(), tlb_remove_page(); arch/x86/include/asm/tlb.h,
 * tlb_flush(); include/linux/mm_types.h, inc_tlb_flush_pending(), mm_tlb_flush_nested().
 *
 * The batches are a JavaScript array of the same capacity: they are private to the caller.
 */
import { load, update } from '../../../../cpu/ops.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { TLB_FLUSH_ALL } from '../../arch/x86/mm/tlb/flush_tlb_func.ts';
import { flush_tlb_mm_range } from '../../arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { guard, on } from '../../guard.ts';
import { __tlb_reset_range, type mmu_gather, tlb_get_unmap_shift } from '../../include/asm-generic/tlb.ts';
import { mm_struct } from '../../include/linux/mm_types.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { page_remove_rmap } from '../rmap/page_remove_rmap.ts';
import { release_pages } from '../swap/put_page.ts';
import { free_swap_cache } from '../swap_state/swap_cache_get_folio.ts';
import { tlb_remove_table, tlb_table_flush } from './tlb_remove_table.ts';

export const tlb_nested = guard('tlb-nested', 'tlb_finish_mmu() flushes everything if others gather from the same mm', 'mm/mmu_gather.c');

/** MMU_GATHER_BUNDLE on the stack, and nine batches of a page. */
const MAX_GATHERED = 8 + 9 * 1021;

export function* tlb_gather_mmu(c: Vcpu, mm: Ptr): Code<mmu_gather> {
  return yield* __tlb_gather_mmu(c, mm, false);
}

/** The whole mm goes: it has no users any more. */
export function* tlb_gather_mmu_fullmm(c: Vcpu, mm: Ptr): Code<mmu_gather> {
  return yield* __tlb_gather_mmu(c, mm, true);
}

function* __tlb_gather_mmu(c: Vcpu, mm: Ptr, fullmm: boolean): Code<mmu_gather> {
  const tlb: mmu_gather = {
    mm,
    start: 0,
    end: 0,
    fullmm,
    need_flush_all: false,
    freed_tables: false,
    delayed_rmap: false,
    cleared_ptes: false,
    cleared_pmds: false,
    cleared_puds: false,
    cleared_young: false,
    unmapped_vmas: false,
    vma_exec: false,
    pages: [],
    rmaps: [],
    batch: NULL,
  };
  __tlb_reset_range(tlb);
  // A full barrier, so that whoever sees a cleared entry also sees that its flush is due. Pairs with the page-table lock of mm_tlb_flush_pending().
  yield* update(c, at(mm, mm_struct.tlb_flush_pending), ADD, 1);
  return tlb;
}

/** @returns whether the batches are full: the caller flushes */
export function* __tlb_remove_page(_c: Vcpu, tlb: mmu_gather, page: Ptr, delay_rmap: boolean): Code<boolean> {
  tlb.pages.push(page);
  if (delay_rmap) tlb.rmaps.push(page);
  return tlb.pages.length >= MAX_GATHERED;
}

export function* tlb_remove_page(c: Vcpu, tlb: mmu_gather, page: Ptr): Code {
  if (yield* __tlb_remove_page(c, tlb, page, false)) yield* kernelOf(c).fns.tlb_flush_mmu(c, tlb);
}

export function* tlb_remove_page_size(c: Vcpu, tlb: mmu_gather, page: Ptr, _page_size: number): Code {
  yield* tlb_remove_page(c, tlb, page);
}

/** Where flushes are interrupts, a table is freed as a page is. A hypervisor's flush waits for nobody: then RCU must. */
export function* paravirt_tlb_remove_table(c: Vcpu, tlb: mmu_gather, page: Ptr): Code {
  if (kernelOf(c).config.flush === 'hypercall') tlb_remove_table(c, tlb, page);
  else yield* tlb_remove_page(c, tlb, page);
}

export function* tlb_flush_mmu_tlbonly(c: Vcpu, tlb: mmu_gather): Code {
  if (!tlb.freed_tables && !tlb.cleared_ptes && !tlb.cleared_pmds && !tlb.cleared_puds) return;
  const all = tlb.fullmm || tlb.need_flush_all;
  yield* flush_tlb_mm_range(c, tlb.mm, all ? 0 : tlb.start, all ? TLB_FLUSH_ALL : tlb.end, tlb_get_unmap_shift(tlb), tlb.freed_tables);
  __tlb_reset_range(tlb);
}

export function* tlb_flush_mmu(c: Vcpu, tlb: mmu_gather): Code {
  yield* tlb_flush_mmu_tlbonly(c, tlb);
  yield* tlb_table_flush(c, tlb);
  const { pages } = tlb;
  tlb.pages = [];
  for (let i = 0; i < pages.length; i++) yield* free_swap_cache(c, pages[i]!); // free_pages_and_swap_cache()
  yield* release_pages(c, pages);
}

/** What was delayed, once the flush is done and before the page-table lock is given back: until then a dirty bit could still be missed. */
export function* tlb_flush_rmaps(c: Vcpu, tlb: mmu_gather, vma: Ptr): Code {
  if (!tlb.delayed_rmap) return;
  const { rmaps } = tlb;
  tlb.rmaps = [];
  tlb.delayed_rmap = false;
  for (let i = 0; i < rmaps.length; i++) yield* page_remove_rmap(c, rmaps[i]!, vma, false);
}

/** If others gather from the same mm, entries that they have cleared may not be flushed yet: everything is flushed. */
export function* tlb_finish_mmu(c: Vcpu, tlb: mmu_gather): Code {
  const pending = at(tlb.mm, mm_struct.tlb_flush_pending);
  if (on(c, tlb_nested) && (yield* load(c, pending)) > 1) {
    tlb.fullmm = true;
    __tlb_reset_range(tlb);
    tlb.freed_tables = true;
  }
  yield* kernelOf(c).fns.tlb_flush_mmu(c, tlb);
  yield* update(c, pending, ADD, -1);
}
