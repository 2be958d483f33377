// SPDX-License-Identifier: GPL-2.0-only
/**
 * Copy on write. Linux v6.6: mm/memory.c, wp_page_copy(), __wp_page_copy_user().
 * left out: charges to a memory cgroup, KSM; a source without a struct page other than the zero page.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mk_pte } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { set_pte_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pte_mkdirty, pte_same } from '../../arch/x86/include/asm/pgtable.ts';
import { PAGE_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { guard, on } from '../../guard.ts';
import { GFP_HIGHUSER_MOVABLE } from '../../include/linux/gfp.ts';
import { copy_mc_user_highpage } from '../../include/linux/highmem.ts';
import { alloc_page_vma, maybe_mkwrite, vma_alloc_zeroed_movable_folio } from '../../include/linux/mm/alloc_page_vma.ts';
import { dec_mm_counter, inc_mm_counter, mm_counter_file } from '../../include/linux/mm/mm_counter.ts';
import { page_folio } from '../../include/linux/mm/page.ts';
import { FAULT_FLAG_UNSHARE, VM_FAULT_HWPOISON, VM_FAULT_OOM, type vm_fault } from '../../include/linux/mm/vm_fault.ts';
import { MM_ANONPAGES, vm_area_struct } from '../../include/linux/mm_types.ts';
import { PageAnon, SetPageUptodate } from '../../include/linux/page-flags.ts';
import { EHWPOISON, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { at } from '../../struct.ts';
import { mmu_notifier_invalidate_range_end, mmu_notifier_invalidate_range_start } from '../mmu_notifier/mmu_notifier.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { ptep_clear_flush } from '../pgtable-generic/ptep_clear_flush.ts';
import { anon_vma_prepare } from '../rmap/anon_vma_prepare.ts';
import { folio_add_new_anon_rmap } from '../rmap/page_add_anon_rmap.ts';
import { page_remove_rmap } from '../rmap/page_remove_rmap.ts';
import { folio_add_lru_vma } from '../swap/folio_add_lru.ts';
import { folio_put } from '../swap/put_page.ts';
import { free_swap_cache } from '../swap_state/swap_cache_get_folio.ts';

export const cow_flush = guard('cow-clear-flush', 'ptep_clear_flush() before a copied page is mapped', 'mm/memory.c');

/** vmf.page, which is referenced, or the zero page where it is NULL, is replaced by a copy of its own. */
export function* wp_page_copy(c: Vcpu, vmf: vm_fault): Code<number> {
  const { vma } = vmf;
  const old_folio = vmf.page === NULL ? NULL : yield* page_folio(c, vmf.page);
  const copy = yield* prepare_copy(c, vmf);
  if (copy < 0) {
    if (old_folio !== NULL) yield* folio_put(c, old_folio);
    return copy === -EHWPOISON ? VM_FAULT_HWPOISON : VM_FAULT_OOM;
  }
  const new_folio = copy as Ptr;
  yield* SetPageUptodate(c, new_folio);
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  yield* mmu_notifier_invalidate_range_start(c, mm, vmf.address, vmf.address + PAGE_SIZE);
  vmf.pte = yield* pte_offset_map_lock(c, mm, vmf.pmd, vmf.address);
  let copied = false;
  if (vmf.pte !== NULL) {
    vmf.ptl = c.out as Ptr;
    const lo = yield* ptep_get(c, vmf.pte);
    copied = pte_same(lo, c.hi, vmf.orig_pteLo, vmf.orig_pteHi);
    if (copied) yield* exchange(c, vmf, mm, old_folio, new_folio);
    yield* pte_unmap_unlock(c, vmf.ptl);
  }
  yield* mmu_notifier_invalidate_range_end(c, mm, vmf.address, vmf.address + PAGE_SIZE);
  if (!copied) yield* folio_put(c, new_folio);
  if (old_folio === NULL) return 0;
  if (copied) {
    yield* free_swap_cache(c, old_folio);
    yield* folio_put(c, old_folio); // the reference of the old mapping
  }
  yield* folio_put(c, old_folio);
  return 0;
}

/** @returns a page with the contents, or -ENOMEM or -EHWPOISON */
function* prepare_copy(c: Vcpu, vmf: vm_fault): Code<number> {
  if ((yield* anon_vma_prepare(c, vmf.vma)) !== 0) return -ENOMEM;
  if (vmf.page === NULL) {
    const zeroed = yield* vma_alloc_zeroed_movable_folio(c, vmf.vma, vmf.address);
    return zeroed === NULL ? -ENOMEM : zeroed;
  }
  const copy = yield* alloc_page_vma(c, GFP_HIGHUSER_MOVABLE, vmf.vma, vmf.address);
  if (copy === NULL) return -ENOMEM;
  if ((yield* copy_mc_user_highpage(c, copy, vmf.page, vmf.address, vmf.vma)) === 0) return copy;
  yield* folio_put(c, copy);
  return -EHWPOISON;
}

/** Under the lock of the page table. */
function* exchange(c: Vcpu, vmf: vm_fault, mm: Ptr, old_folio: Ptr, new_folio: Ptr): Code {
  const { vma } = vmf;
  if (old_folio === NULL) inc_mm_counter(c, mm, MM_ANONPAGES);
  else if (!PageAnon(c, old_folio)) {
    dec_mm_counter(c, mm, yield* mm_counter_file(c, old_folio));
    inc_mm_counter(c, mm, MM_ANONPAGES);
  }
  let entry = mk_pte(c, new_folio, peek(c, at(vma, vm_area_struct.vm_page_prot)), peek(c, at(vma, vm_area_struct.vm_page_prot + 1)));
  const hi = c.hi;
  if ((vmf.flags & FAULT_FLAG_UNSHARE) === 0) entry = maybe_mkwrite(c, pte_mkdirty(entry), vma);
  // Cleared and flushed before the new page is set: nobody reads the old page while another writes to the new one.
  if (on(c, cow_flush)) yield* ptep_clear_flush(c, vma, vmf.address, vmf.pte);
  yield* folio_add_new_anon_rmap(c, new_folio, vma, vmf.address);
  yield* folio_add_lru_vma(c, new_folio, vma);
  yield* set_pte_at(c, mm, vmf.address, vmf.pte, entry, hi);
  // Only after the flush may the count of mappings fall: another process could then reuse the page, and write to it.
  if (old_folio !== NULL) yield* page_remove_rmap(c, vmf.page, vma, false);
}
