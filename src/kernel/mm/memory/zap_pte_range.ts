// SPDX-License-Identifier: GPL-2.0-only
/**
 * The entries of one page table are cleared. Linux v6.6: mm/memory.c, zap_pte_range(), should_zap_page(), should_zap_cows().
 *
 * A file page that was dirty through its entry is marked so before the TLBs are flushed, and another CPU could still write through its
 * translation: so the flush comes before the lock is dropped, and from 6.2 on the mapping is taken off the page's count after the flush only.
 * left out: device memory, pte markers.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pte_clear_not_present_full, ptep_get_and_clear_full } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pte_dirty, pte_none, pte_present, pte_young } from '../../arch/x86/include/asm/pgtable.ts';
import { PAGE_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get_locked } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { guard, on } from '../../guard.ts';
import { type mmu_gather, tlb_change_page_size, tlb_delay_rmap, tlb_remove_tlb_entry } from '../../include/asm-generic/tlb.ts';
import { dec_mm_counter, mm_counter } from '../../include/linux/mm/mm_counter.ts';
import { page_folio } from '../../include/linux/mm/page.ts';
import type { zap_details } from '../../include/linux/mm/vm_fault.ts';
import { VM_SEQ_READ } from '../../include/linux/mm/vm_flags.ts';
import { MM_SWAPENTS, vm_area_struct } from '../../include/linux/mm_types.ts';
import { PageAnon } from '../../include/linux/page-flags.ts';
import { is_migration_entry, non_swap_entry, pfn_swap_entry_to_page, pte_to_swp_entry } from '../../include/linux/swapops.ts';
import { kernelOf, since } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { __tlb_remove_page, tlb_flush_mmu_tlbonly, tlb_flush_rmaps } from '../mmu_gather/tlb_gather_mmu.ts';
import { folio_mark_dirty } from '../page-writeback/folio_mark_dirty.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { page_remove_rmap } from '../rmap/page_remove_rmap.ts';
import { flush_tlb_batched_pending } from '../rmap/try_to_unmap_flush.ts';
import { mark_page_accessed } from '../swap/mark_page_accessed.ts';
import { free_swap_and_cache } from '../swapfile/free_swap_and_cache.ts';
import { vm_normal_page } from './vm_normal_page.ts';

export const zap_flush = guard(
  'zap-flush-before-unlock',
  'the TLB flush of dirty file pages before zap_pte_range() drops the page-table lock',
  'mm/memory.c',
);

const should_zap_cows = (details: zap_details | null): boolean => details === null || details.even_cows;

/** Private copies stay where only the file's pages go; so does what is no page of that folio. */
function* should_zap_page(c: Vcpu, details: zap_details | null, page: Ptr): Code<boolean> {
  if (should_zap_cows(details) || page === NULL) return true;
  return !PageAnon(c, yield* page_folio(c, page));
}

/** @returns how far it came: `addr` where there was no table */
export function* zap_pte_range(
  c: Vcpu,
  tlb: mmu_gather,
  vma: Ptr,
  pmd: Ptr,
  addr: number,
  end: number,
  details: zap_details | null,
): Code<number> {
  const { mm } = tlb;
  tlb_change_page_size(c, tlb, PAGE_SIZE);
  const start_pte = yield* pte_offset_map_lock(c, mm, pmd, addr);
  if (start_pte === NULL) return addr;
  const ptl = c.out as Ptr;
  yield* flush_tlb_batched_pending(c, mm);
  let force_flush = false;
  let full = false;
  let from = addr;
  for (let pte = start_pte; from < end && !full; pte = at(pte, 2)) {
    const lo = yield* ptep_get_locked(c, pte);
    const { hi } = c;
    const at_addr = from;
    from += PAGE_SIZE;
    if (pte_none(lo, hi)) continue;
    if (!pte_present(lo)) {
      yield* zap_nonpresent(c, tlb, pte, at_addr, lo, hi, details);
      continue;
    }
    const page = vm_normal_page(c, vma, at_addr, lo, hi);
    if (!(yield* should_zap_page(c, details, page))) continue;
    const oldLo = yield* ptep_get_and_clear_full(c, mm, at_addr, pte, tlb.fullmm);
    tlb_remove_tlb_entry(c, tlb, pte, at_addr, oldLo);
    if (page === NULL) continue;
    const folio = yield* page_folio(c, page);
    const dirty = !PageAnon(c, folio) && pte_dirty(oldLo);
    if (dirty) {
      force_flush = true;
      yield* folio_mark_dirty(c, folio);
    }
    if (!PageAnon(c, folio) && pte_young(oldLo) && (peek(c, at(vma, vm_area_struct.vm_flags)) & VM_SEQ_READ) === 0)
      yield* mark_page_accessed(c, page);
    dec_mm_counter(c, mm, yield* mm_counter(c, page));
    const delay_rmap = dirty && since(c, '5df397dec7c4');
    if (delay_rmap) tlb_delay_rmap(c, tlb);
    if (!delay_rmap) yield* page_remove_rmap(c, page, vma, false);
    if (yield* __tlb_remove_page(c, tlb, page, delay_rmap)) full = force_flush = true;
  }
  if (force_flush) {
    if (on(c, zap_flush)) yield* tlb_flush_mmu_tlbonly(c, tlb);
    yield* tlb_flush_rmaps(c, tlb, vma);
  }
  yield* pte_unmap_unlock(c, ptl);
  if (force_flush) yield* kernelOf(c).fns.tlb_flush_mmu(c, tlb);
  return from;
}

function* zap_nonpresent(c: Vcpu, tlb: mmu_gather, pte: Ptr, addr: number, lo: number, hi: number, details: zap_details | null): Code {
  const entry = pte_to_swp_entry(lo, hi);
  if (is_migration_entry(entry)) {
    const page = pfn_swap_entry_to_page(c, entry);
    if (!(yield* should_zap_page(c, details, page))) return;
    dec_mm_counter(c, tlb.mm, yield* mm_counter(c, page));
  } else {
    if (!should_zap_cows(details)) return;
    if (!non_swap_entry(entry)) {
      dec_mm_counter(c, tlb.mm, MM_SWAPENTS);
      yield* free_swap_and_cache(c, entry);
    }
  }
  yield* pte_clear_not_present_full(c, tlb.mm, addr, pte);
}
