// SPDX-License-Identifier: GPL-2.0-only
/**
 * A write to a page that is mapped read-only: it is reused where nobody else can see it, and copied otherwise.
 * Linux v6.6: mm/memory.c, do_wp_page(), wp_can_reuse_anon_folio(), wp_page_reuse(), wp_page_shared(), finish_mkwrite_fault().
 * The caller holds the lock of the page table, and it is dropped here.
 * left out: KSM, mappings of device memory.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { ptep_set_access_flags } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pte_mkdirty, pte_mkyoung, pte_same } from '../../arch/x86/include/asm/pgtable.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { maybe_mkwrite } from '../../include/linux/mm/alloc_page_vma.ts';
import { page_folio } from '../../include/linux/mm/page.ts';
import { FAULT_FLAG_UNSHARE, VM_FAULT_ERROR, VM_FAULT_NOPAGE, type vm_fault } from '../../include/linux/mm/vm_fault.ts';
import { VM_SHARED, VM_WRITE } from '../../include/linux/mm/vm_flags.ts';
import { has_page_mkwrite } from '../../include/linux/mm/vm_ops.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { folio_get, folio_ref_count } from '../../include/linux/page_ref.ts';
import { PageAnon, PageAnonExclusive, PageLRU, PageSwapCache } from '../../include/linux/page-flags.ts';
import { at } from '../../struct.ts';
import { folio_lock, folio_trylock, folio_unlock } from '../filemap/folio_lock.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { page_move_anon_rmap } from '../rmap/page_add_anon_rmap.ts';
import { lru_add_drain } from '../swap/lru_add_drain.ts';
import { folio_put } from '../swap/put_page.ts';
import { folio_free_swap } from '../swapfile/free_swap_and_cache.ts';
import { do_page_mkwrite, fault_dirty_shared_page } from './do_fault.ts';
import { vm_normal_page } from './vm_normal_page.ts';
import { wp_page_copy } from './wp_page_copy_user.ts';

export function* do_wp_page(c: Vcpu, vmf: vm_fault): Code<number> {
  const { vma } = vmf;
  const unshare = (vmf.flags & FAULT_FLAG_UNSHARE) !== 0;
  const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
  vmf.page = vm_normal_page(c, vma, vmf.address, vmf.orig_pteLo, vmf.orig_pteHi);
  const folio = vmf.page === NULL ? NULL : yield* page_folio(c, vmf.page);
  const anon = folio !== NULL && PageAnon(c, folio);
  if (folio !== NULL && !anon && !unshare && (vm_flags & (VM_SHARED | VM_WRITE)) === (VM_SHARED | VM_WRITE))
    return yield* wp_page_shared(c, vmf, folio);
  if (anon && ((yield* PageAnonExclusive(c, vmf.page)) || (yield* wp_can_reuse_anon_folio(c, vmf, folio)))) {
    if (unshare) yield* pte_unmap_unlock(c, vmf.ptl);
    else yield* wp_page_reuse(c, vmf);
    return 0;
  }
  if (unshare && !anon) {
    yield* pte_unmap_unlock(c, vmf.ptl);
    return 0;
  }
  if (folio !== NULL) yield* folio_get(c, folio);
  yield* pte_unmap_unlock(c, vmf.ptl);
  return yield* wp_page_copy(c, vmf);
}

/** Is the mapping that faults the only reference, but for the swap cache's, which is given up? Then the page belongs to this process from now on. */
function* wp_can_reuse_anon_folio(c: Vcpu, vmf: vm_fault, folio: Ptr): Code<boolean> {
  if ((yield* folio_ref_count(c, folio)) > 3) return false;
  if (!(yield* PageLRU(c, folio))) yield* lru_add_drain(c); // its references from this CPU's batches
  if ((yield* folio_ref_count(c, folio)) > 1 + ((yield* PageSwapCache(c, folio)) ? 1 : 0)) return false;
  if (!(yield* folio_trylock(c, folio))) return false;
  if (yield* PageSwapCache(c, folio)) yield* folio_free_swap(c, folio);
  if ((yield* folio_ref_count(c, folio)) !== 1) {
    yield* folio_unlock(c, folio);
    return false;
  }
  yield* page_move_anon_rmap(c, vmf.page, vmf.vma);
  yield* folio_unlock(c, folio);
  return true;
}

/** Nothing is flushed: whoever still has the read-only translation faults, and finds the entry writable. */
function* wp_page_reuse(c: Vcpu, vmf: vm_fault): Code {
  const entry = maybe_mkwrite(c, pte_mkdirty(pte_mkyoung(vmf.orig_pteLo)), vmf.vma);
  yield* ptep_set_access_flags(c, vmf.vma, vmf.address, vmf.pte, entry, vmf.orig_pteHi, true);
  yield* pte_unmap_unlock(c, vmf.ptl);
}

function* wp_page_shared(c: Vcpu, vmf: vm_fault, folio: Ptr): Code<number> {
  yield* folio_get(c, folio);
  if (has_page_mkwrite(c, vmf.vma)) {
    yield* pte_unmap_unlock(c, vmf.ptl);
    const tmp = yield* do_page_mkwrite(c, vmf);
    if (tmp === 0 || (tmp & (VM_FAULT_ERROR | VM_FAULT_NOPAGE)) !== 0) {
      yield* folio_put(c, folio);
      return tmp;
    }
    if (!(yield* finish_mkwrite_fault(c, vmf))) {
      yield* folio_unlock(c, folio);
      yield* folio_put(c, folio);
      return VM_FAULT_NOPAGE;
    }
  } else {
    yield* wp_page_reuse(c, vmf);
    yield* folio_lock(c, folio);
  }
  const ret = yield* fault_dirty_shared_page(c, vmf);
  yield* folio_put(c, folio);
  return ret;
}

/** @returns whether the entry was still there, and is writable now */
function* finish_mkwrite_fault(c: Vcpu, vmf: vm_fault): Code<boolean> {
  const mm = peek(c, at(vmf.vma, vm_area_struct.vm_mm)) as Ptr;
  vmf.pte = yield* pte_offset_map_lock(c, mm, vmf.pmd, vmf.address);
  if (vmf.pte === NULL) return false;
  vmf.ptl = c.out as Ptr;
  const lo = yield* ptep_get(c, vmf.pte);
  if (!pte_same(lo, c.hi, vmf.orig_pteLo, vmf.orig_pteHi)) {
    yield* pte_unmap_unlock(c, vmf.ptl);
    return false;
  }
  yield* wp_page_reuse(c, vmf);
  return true;
}
