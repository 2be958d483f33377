// SPDX-License-Identifier: GPL-2.0-only
/**
 * A page comes back from the swap device, and its neighbours with it: by address for a fault, by slot for a shmem file. Linux v6.6:
 * mm/swap_state.c, swapin_readahead(), swap_cluster_readahead(), swap_vma_readahead(), read_swap_cache_async(), __read_swap_cache_async().
 */

import { cpuRelax, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import type { vm_fault } from '../../include/linux/mm/vm_fault.ts';
import { SetPageReclaim, SetPageSwapBacked } from '../../include/linux/page-flags.ts';
import { swap_info, swap_info_struct } from '../../include/linux/swap.ts';
import { is_swap_pte, non_swap_entry, pte_to_swp_entry, swp_entry, swp_offset } from '../../include/linux/swapops.ts';
import { count_vm_event, SWAP_RA } from '../../include/linux/vmstat.ts';
import { EEXIST } from '../../include/uapi/asm-generic/errno.ts';
import { at } from '../../struct.ts';
import { folio_trylock } from '../filemap/folio_lock.ts';
import { alloc_page } from '../page_alloc/__alloc_pages.ts';
import { swap_readpage } from '../page_io/swap_writepage.ts';
import { __pte_offset_map, pte_unmap } from '../pgtable-generic/__pte_offset_map.ts';
import { folio_add_lru } from '../swap/folio_add_lru.ts';
import { lru_add_drain } from '../swap/lru_add_drain.ts';
import { folio_put } from '../swap/put_page.ts';
import { swapcache_prepare, swp_swapcount } from '../swapfile/swap_map.ts';
import { add_to_swap_cache } from './add_to_swap.ts';
import { filemap_get_swap_folio } from './swap_cache_get_folio.ts';
import { swap_ra_info, swapin_nr_pages } from './swap_ra_info.ts';

/**
 * @returns the folio of an entry in the swap cache, with a reference; NULL if there is no memory, or the slot is not in use. c.out is 1 if it is new:
 *     then it is locked, and the caller reads it
 */
export function* __read_swap_cache_async(c: Vcpu, entry: number, gfp_mask: number): Code<Ptr> {
  for (;;) {
    const known = yield* filemap_get_swap_folio(c, entry);
    c.out = 0;
    if (known !== NULL) return known;
    if ((yield* swp_swapcount(c, entry)) === 0) return NULL;
    const folio = yield* alloc_page(c, gfp_mask);
    if (folio === NULL) return NULL;
    const err = yield* swapcache_prepare(c, entry);
    if (err === 0) {
      yield* folio_trylock(c, folio); // __folio_set_locked(): nobody else knows it
      yield* SetPageSwapBacked(c, folio);
      yield* add_to_swap_cache(c, folio, entry);
      yield* folio_add_lru(c, folio);
      c.out = 1;
      return folio;
    }
    yield* folio_put(c, folio);
    if (err !== -EEXIST) {
      c.out = 0;
      return NULL;
    }
    // Somebody has the slot, but the page is not in the cache yet, or not any more.
    yield* cpuRelax(c);
  }
}

/** @returns the folio, with a reference and being read or up to date, or NULL */
export function* read_swap_cache_async(c: Vcpu, entry: number, gfp_mask: number): Code<Ptr> {
  const folio = yield* __read_swap_cache_async(c, entry, gfp_mask);
  if (c.out !== 0) yield* swap_readpage(c, folio, false);
  return folio;
}

/** One neighbour. `target`: it is what is asked for, not readahead. */
function* read_ahead(c: Vcpu, entry: number, gfp_mask: number, target: boolean): Code {
  const folio = yield* __read_swap_cache_async(c, entry, gfp_mask);
  if (folio === NULL) return;
  if (c.out !== 0) {
    yield* swap_readpage(c, folio, false);
    if (!target) {
      yield* SetPageReclaim(c, folio); // PG_readahead
      count_vm_event(c, SWAP_RA);
    }
  }
  yield* folio_put(c, folio);
}

/** An aligned block of slots around the entry's: pages that left together often come back together. */
export function* swap_cluster_readahead(c: Vcpu, entry: number, gfp_mask: number): Code<Ptr> {
  const target = swp_offset(entry);
  const mask = (yield* swapin_nr_pages(c, target)) - 1;
  if (mask > 0) {
    const last = Math.min(target | mask, peek(c, at(swap_info(c), swap_info_struct.max)) - 1);
    for (let offset = Math.max(target & ~mask, 1); offset <= last; offset++)
      yield* read_ahead(c, swp_entry(0, offset), gfp_mask, offset === target);
    yield* lru_add_drain(c);
  }
  return yield* read_swap_cache_async(c, entry, gfp_mask);
}

/** What the ptes around the fault hold. */
function* swap_vma_readahead(c: Vcpu, entry: number, gfp_mask: number, vmf: vm_fault): Code<Ptr> {
  const first = yield* swap_ra_info(c, vmf.vma, vmf.address);
  const end = c.out;
  if (end - first > 4096) {
    for (let address = first; address < end; address += 4096) {
      const pte = yield* __pte_offset_map(c, vmf.pmd, address);
      if (pte === NULL) break;
      const lo = yield* ptep_get(c, pte);
      const { hi } = c;
      yield* pte_unmap(c);
      if (!is_swap_pte(lo, hi)) continue;
      const around = pte_to_swp_entry(lo, hi);
      if (!non_swap_entry(around)) yield* read_ahead(c, around, gfp_mask, address === vmf.address);
    }
    yield* lru_add_drain(c);
  }
  return yield* read_swap_cache_async(c, entry, gfp_mask);
}

/** For a fault: by address, since the device does not seek. */
export function* swapin_readahead(c: Vcpu, entry: number, gfp_mask: number, vmf: vm_fault): Code<Ptr> {
  return yield* swap_vma_readahead(c, entry, gfp_mask, vmf);
}
