// SPDX-License-Identifier: GPL-2.0-only
/**
 * A touch of a page that lies in swap. Linux v6.6: mm/memory.c, do_swap_page(), should_try_to_free_swap(), pte_unmap_same().
 * The swap device is synchronous (a RAM disk): a page that only this process has goes past the swap cache. It never goes off (get_swap_device()).
 * left out: migration of device memory, pte markers, KSM, memory cgroups, stable writes, workingset shadows.
 */

import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mk_pte } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { set_pte_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pte_mkdirty, pte_same, pte_swp_exclusive } from '../../arch/x86/include/asm/pgtable.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { guard, on } from '../../guard.ts';
import { GFP_HIGHUSER_MOVABLE } from '../../include/linux/gfp.ts';
import { alloc_page_vma, maybe_mkwrite } from '../../include/linux/mm/alloc_page_vma.ts';
import { dec_mm_counter, inc_mm_counter } from '../../include/linux/mm/mm_counter.ts';
import {
  FAULT_FLAG_WRITE,
  VM_FAULT_DONE_COW,
  VM_FAULT_ERROR,
  VM_FAULT_HWPOISON,
  VM_FAULT_MAJOR,
  VM_FAULT_OOM,
  VM_FAULT_SIGBUS,
  type vm_fault,
} from '../../include/linux/mm/vm_fault.ts';
import { VM_LOCKED } from '../../include/linux/mm/vm_flags.ts';
import { MM_ANONPAGES, MM_SWAPENTS, page as struct_page, vm_area_struct } from '../../include/linux/mm_types.ts';
import { folio_ref_count } from '../../include/linux/page_ref.ts';
import { PageLRU, PageMlocked, PageSwapCache, PageUptodate, SetPageSwapBacked } from '../../include/linux/page-flags.ts';
import { RMAP_EXCLUSIVE, RMAP_NONE } from '../../include/linux/rmap.ts';
import { swap_info, swap_info_struct } from '../../include/linux/swap.ts';
import { is_hwpoison_entry, is_migration_entry, non_swap_entry, pte_to_swp_entry } from '../../include/linux/swapops.ts';
import { count_vm_event } from '../../include/linux/vmstat.ts';
import { PGMAJFAULT } from '../../include/linux/vmstat-items.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { __folio_set_locked, folio_lock_or_retry, folio_unlock } from '../filemap/folio_lock.ts';
import { migration_entry_wait } from '../migrate/remove_migration_ptes.ts';
import { swap_readpage } from '../page_io/swap_writepage.ts';
import { pte_offset_map_lock, pte_unmap, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { page_add_anon_rmap } from '../rmap/page_add_anon_rmap.ts';
import { folio_add_lru } from '../swap/folio_add_lru.ts';
import { lru_add_drain } from '../swap/lru_add_drain.ts';
import { folio_put } from '../swap/put_page.ts';
import { swap_cache_get_folio } from '../swap_state/swap_cache_get_folio.ts';
import { swapin_readahead } from '../swap_state/swapin_readahead.ts';
import { folio_free_swap } from '../swapfile/free_swap_and_cache.ts';
import { get_nr_swap_pages } from '../swapfile/get_swap_pages.ts';
import { __swap_count, put_swap_folio, swap_free, swapcache_prepare } from '../swapfile/swap_map.ts';
import { do_wp_page } from './do_wp_page.ts';

export const pte_unmap_same_check = guard(
  'pte-unmap-same',
  'the second look at a swap pte, under its lock, in do_swap_page()',
  'mm/memory.c',
);

/** Is the pte what the fault began with? It was read as two halves, so that a torn value is found here (8f4e2101fd7d). */
function* pte_unmap_same(c: Vcpu, vmf: vm_fault): Code<boolean> {
  yield* spin_lock(c, vmf.ptl);
  const lo = yield* ptep_get(c, vmf.pte);
  const same = !on(c, pte_unmap_same_check) || pte_same(lo, c.hi, vmf.orig_pteLo, vmf.orig_pteHi);
  yield* spin_unlock(c, vmf.ptl);
  yield* pte_unmap(c);
  vmf.pte = NULL;
  return same;
}

export function* do_swap_page(c: Vcpu, vmf: vm_fault): Code<number> {
  if (!(yield* pte_unmap_same(c, vmf))) return 0;
  const entry = pte_to_swp_entry(vmf.orig_pteLo, vmf.orig_pteHi);
  if (non_swap_entry(entry)) return yield* not_swapped(c, vmf, entry);
  return yield* swap_in(c, vmf, entry);
}

function* not_swapped(c: Vcpu, vmf: vm_fault, entry: number): Code<number> {
  if (is_hwpoison_entry(entry)) return VM_FAULT_HWPOISON;
  if (!is_migration_entry(entry)) return VM_FAULT_SIGBUS;
  yield* migration_entry_wait(c, peek(c, at(vmf.vma, vm_area_struct.vm_mm)) as Ptr, vmf.pmd, vmf.address);
  return 0;
}

function* swap_in(c: Vcpu, vmf: vm_fault, entry: number): Code<number> {
  const { vma } = vmf;
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  let folio = yield* swap_cache_get_folio(c, entry, vma, vmf.address);
  let swapcache = folio;
  let ret = 0;
  let prepared = false;
  if (folio === NULL) {
    if ((yield* __swap_count(c, entry)) === 1) {
      // Past the swap cache. The pin of the entry (13ddaf26be32, after v6.6.0, in v6.1.176) keeps others from reading it in, freeing it and giving it out again meanwhile.
      if ((yield* swapcache_prepare(c, entry)) !== 0) return 0;
      prepared = true;
      folio = yield* read_past_the_cache(c, vmf, entry);
    } else {
      folio = yield* swapin_readahead(c, entry, GFP_HIGHUSER_MOVABLE, vmf);
      swapcache = folio;
    }
    if (folio === NULL) {
      if (prepared) yield* put_swap_folio(c, NULL, entry);
      return yield* back_out(c, vmf, mm);
    }
    ret = VM_FAULT_MAJOR;
    count_vm_event(c, PGMAJFAULT);
  }
  const locked = yield* folio_lock_or_retry(c, folio, vmf);
  if (locked !== 0) {
    yield* folio_put(c, folio);
    return ret | locked;
  }
  const done = yield* map_swapped(c, vmf, mm, entry, folio, swapcache);
  if (prepared) yield* put_swap_folio(c, NULL, entry);
  if ((done & VM_FAULT_DONE_COW) === 0) return ret | done;
  // The page is mapped, but may not be written to: others see it too.
  const wp = yield* do_wp_page(c, vmf);
  return (wp & VM_FAULT_ERROR) !== 0 ? wp & VM_FAULT_ERROR : ret | wp;
}

/** A locked page with the contents of the entry, that the swap cache does not know of. @returns it, or NULL without memory */
function* read_past_the_cache(c: Vcpu, vmf: vm_fault, entry: number): Code<Ptr> {
  const folio = yield* alloc_page_vma(c, GFP_HIGHUSER_MOVABLE, vmf.vma, vmf.address);
  if (folio === NULL) return NULL;
  yield* __folio_set_locked(c, folio);
  yield* SetPageSwapBacked(c, folio);
  yield* folio_add_lru(c, folio);
  poke(c, at(folio, struct_page.private), entry); // for swap_readpage()
  yield* swap_readpage(c, folio, true);
  poke(c, at(folio, struct_page.private), 0);
  return folio;
}

/** No page: somebody else may have served the fault meanwhile. */
function* back_out(c: Vcpu, vmf: vm_fault, mm: Ptr): Code<number> {
  vmf.pte = yield* pte_offset_map_lock(c, mm, vmf.pmd, vmf.address);
  if (vmf.pte === NULL) return 0;
  vmf.ptl = c.out as Ptr;
  const lo = yield* ptep_get(c, vmf.pte);
  const same = pte_same(lo, c.hi, vmf.orig_pteLo, vmf.orig_pteHi);
  yield* pte_unmap_unlock(c, vmf.ptl);
  return same ? VM_FAULT_OOM : 0;
}

/** More than half of it is in use. Linux v6.6: include/linux/swap.h. */
const vm_swap_full = (c: Vcpu): boolean => get_nr_swap_pages(c) * 2 < peek(c, at(swap_info(c), swap_info_struct.max)) - 1;

function* should_try_to_free_swap(c: Vcpu, vmf: vm_fault, folio: Ptr): Code<boolean> {
  if (!(yield* PageSwapCache(c, folio))) return false;
  const mlocked = (peek(c, at(vmf.vma, vm_area_struct.vm_flags)) & VM_LOCKED) !== 0 || (yield* PageMlocked(c, folio));
  if (mlocked || vm_swap_full(c)) return true;
  // It is to be written to: without the reference of the swap cache this process may be the only user.
  return (vmf.flags & FAULT_FLAG_WRITE) !== 0 && (yield* folio_ref_count(c, folio)) === 2;
}

/** The locked page is mapped. @returns VM_FAULT_DONE_COW where the page table is still locked, and the page has to be copied for the write */
function* map_swapped(c: Vcpu, vmf: vm_fault, mm: Ptr, entry: number, folio: Ptr, swapcache: Ptr): Code<number> {
  const { vma } = vmf;
  const inCache = folio === swapcache;
  // The lock does not keep the page in the cache before it is held.
  if (inCache && (!(yield* PageSwapCache(c, folio)) || peek(c, at(folio, struct_page.private)) !== entry)) return yield* drop(c, folio, 0);
  if (inCache && (vmf.flags & FAULT_FLAG_WRITE) !== 0 && !(yield* PageLRU(c, folio))) yield* lru_add_drain(c);
  vmf.pte = yield* pte_offset_map_lock(c, mm, vmf.pmd, vmf.address);
  if (vmf.pte === NULL) return yield* drop(c, folio, 0);
  vmf.ptl = c.out as Ptr;
  const lo = yield* ptep_get(c, vmf.pte);
  const same = pte_same(lo, c.hi, vmf.orig_pteLo, vmf.orig_pteHi);
  if (!same || !(yield* PageUptodate(c, folio))) {
    yield* pte_unmap_unlock(c, vmf.ptl);
    return yield* drop(c, folio, same ? VM_FAULT_SIGBUS : 0);
  }
  const exclusive = !inCache || pte_swp_exclusive(vmf.orig_pteLo);
  yield* swap_free(c, entry);
  if (yield* should_try_to_free_swap(c, vmf, folio)) yield* folio_free_swap(c, folio);
  inc_mm_counter(c, mm, MM_ANONPAGES);
  dec_mm_counter(c, mm, MM_SWAPENTS);
  let pte = mk_pte(c, folio, peek(c, at(vma, vm_area_struct.vm_page_prot)), peek(c, at(vma, vm_area_struct.vm_page_prot + 1)));
  const hi = c.hi;
  let rmap_flags = RMAP_NONE;
  if (exclusive || (yield* folio_ref_count(c, folio)) === 1) {
    if ((vmf.flags & FAULT_FLAG_WRITE) !== 0) {
      pte = maybe_mkwrite(c, pte_mkdirty(pte), vma);
      vmf.flags &= ~FAULT_FLAG_WRITE;
    }
    rmap_flags = RMAP_EXCLUSIVE;
  }
  vmf.orig_pteLo = pte >>> 0;
  vmf.orig_pteHi = hi >>> 0;
  yield* page_add_anon_rmap(c, folio, vma, vmf.address, rmap_flags);
  yield* set_pte_at(c, mm, vmf.address, vmf.pte, pte, hi);
  yield* folio_unlock(c, folio);
  if ((vmf.flags & FAULT_FLAG_WRITE) !== 0) return VM_FAULT_DONE_COW;
  yield* pte_unmap_unlock(c, vmf.ptl);
  return 0;
}

function* drop(c: Vcpu, folio: Ptr, ret: number): Code<number> {
  yield* folio_unlock(c, folio);
  yield* folio_put(c, folio);
  return ret;
}
