// SPDX-License-Identifier: GPL-2.0-only
/**
 * fork(), one page table: private pages are shared from now on, read-only on both sides; a page that may be pinned is copied at once.
 * Linux v6.6: mm/memory.c, copy_pte_range(), copy_present_pte(), copy_present_page(), copy_nonpresent_pte(), page_copy_prealloc().
 * left out: continuation pages of swap counts, device memory, pte markers, breaks for others who wait for the locks.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mk_pte } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { ptep_set_wrprotect, set_pte_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import {
  pte_mkclean,
  pte_mkdirty,
  pte_mkold,
  pte_none,
  pte_present,
  pte_swp_clear_exclusive,
  pte_swp_exclusive,
  pte_write,
  pte_wrprotect,
} from '../../arch/x86/include/asm/pgtable.ts';
import { PAGE_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get_locked } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { GFP_HIGHUSER_MOVABLE } from '../../include/linux/gfp.ts';
import { copy_user_highpage } from '../../include/linux/highmem.ts';
import { alloc_page_vma, is_cow_mapping, maybe_mkwrite } from '../../include/linux/mm/alloc_page_vma.ts';
import { inc_mm_counter, mm_counter } from '../../include/linux/mm/mm_counter.ts';
import { page_folio } from '../../include/linux/mm/page.ts';
import { VM_SHARED } from '../../include/linux/mm/vm_flags.ts';
import { MM_ANONPAGES, MM_SWAPENTS, vm_area_struct } from '../../include/linux/mm_types.ts';
import { folio_get } from '../../include/linux/page_ref.ts';
import { PageAnon, SetPageUptodate } from '../../include/linux/page-flags.ts';
import { page_dup_file_rmap, page_try_dup_anon_rmap } from '../../include/linux/rmap/page_dup_rmap.ts';
import {
  is_migration_entry,
  make_readable_migration_entry,
  non_swap_entry,
  pfn_swap_entry_to_page,
  pte_to_swp_entry,
  SWP_MIGRATION_READ,
  swp_entry_to_pte,
  swp_offset_pfn,
  swp_type,
} from '../../include/linux/swapops.ts';
import { EAGAIN, ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { spin_lock_nested } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { pte_offset_map_lock, pte_offset_map_nolock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { folio_add_new_anon_rmap } from '../rmap/page_add_anon_rmap.ts';
import { folio_add_lru_vma } from '../swap/folio_add_lru.ts';
import { folio_put, put_page } from '../swap/put_page.ts';
import { swap_duplicate } from '../swapfile/swap_map.ts';
import { pte_alloc } from './pte_alloc.ts';
import { vm_normal_page } from './vm_normal_page.ts';

/** No page is at hand to copy to. */
const NEEDS_PAGE = -EAGAIN;

/** One call's state: the two tables, and a page for a copy. */
interface Copy {
  dst_vma: Ptr;
  src_vma: Ptr;
  dst_mm: Ptr;
  src_mm: Ptr;
  prealloc: Ptr;
}

/** @returns 0 or -ENOMEM */
export function* copy_pte_range(c: Vcpu, dst_vma: Ptr, src_vma: Ptr, dst_pmd: Ptr, src_pmd: Ptr, start: number, end: number): Code<number> {
  const dst_mm = peek(c, at(dst_vma, vm_area_struct.vm_mm)) as Ptr;
  const src_mm = peek(c, at(src_vma, vm_area_struct.vm_mm)) as Ptr;
  const copy: Copy = { dst_vma, src_vma, dst_mm, src_mm, prealloc: NULL };
  for (let addr = start; addr < end; ) {
    if (yield* pte_alloc(c, dst_mm, dst_pmd)) return -ENOMEM;
    const dst = yield* pte_offset_map_lock(c, dst_mm, dst_pmd, addr);
    if (dst === NULL) return -ENOMEM;
    const dst_ptl = c.out as Ptr;
    const src = yield* pte_offset_map_nolock(c, src_mm, src_pmd, addr);
    if (src === NULL) {
      // Retracted meanwhile: then there is nothing that faults could not find again.
      yield* pte_unmap_unlock(c, dst_ptl);
      return 0;
    }
    const src_ptl = c.out as Ptr;
    yield* spin_lock_nested(c, src_ptl, 1);
    addr = yield* copy_entries(c, copy, dst, src, addr, end);
    yield* pte_unmap_unlock(c, src_ptl);
    yield* pte_unmap_unlock(c, dst_ptl);
    if (addr < end) {
      copy.prealloc = yield* alloc_page_vma(c, GFP_HIGHUSER_MOVABLE, src_vma, addr);
      if (copy.prealloc === NULL) return -ENOMEM;
    }
  }
  return 0;
}

/** @returns how far it came: short of `end` where a page for a copy is needed */
function* copy_entries(c: Vcpu, copy: Copy, dst: Ptr, src: Ptr, start: number, end: number): Code<number> {
  let d = dst;
  let s = src;
  for (let addr = start; addr < end; addr += PAGE_SIZE, d = at(d, 2), s = at(s, 2)) {
    const lo = yield* ptep_get_locked(c, s);
    const { hi } = c;
    if (pte_none(lo, hi)) continue;
    if (!pte_present(lo)) {
      yield* copy_nonpresent_pte(c, copy, d, s, addr, lo, hi);
      continue;
    }
    if ((yield* copy_present_pte(c, copy, d, s, addr, lo, hi)) === NEEDS_PAGE) return addr;
    if (copy.prealloc !== NULL) {
      yield* put_page(c, copy.prealloc); // the pin has gone meanwhile
      copy.prealloc = NULL;
    }
  }
  return end;
}

function* copy_nonpresent_pte(c: Vcpu, copy: Copy, d: Ptr, s: Ptr, addr: number, lo: number, hi: number): Code {
  const entry = pte_to_swp_entry(lo, hi);
  let newLo = lo;
  let newHi = hi;
  if (!non_swap_entry(entry)) {
    yield* swap_duplicate(c, entry);
    if (pte_swp_exclusive(lo)) {
      newLo = pte_swp_clear_exclusive(lo);
      yield* set_pte_at(c, copy.src_mm, addr, s, newLo, hi);
    }
    inc_mm_counter(c, copy.dst_mm, MM_SWAPENTS);
  } else if (is_migration_entry(entry)) {
    inc_mm_counter(c, copy.dst_mm, yield* mm_counter(c, pfn_swap_entry_to_page(c, entry)));
    if (swp_type(entry) !== SWP_MIGRATION_READ && is_cow_mapping(peek(c, at(copy.dst_vma, vm_area_struct.vm_flags)))) {
      newLo = swp_entry_to_pte(c, make_readable_migration_entry(swp_offset_pfn(entry)));
      newHi = c.hi;
      yield* set_pte_at(c, copy.src_mm, addr, s, newLo, newHi);
    }
  }
  yield* set_pte_at(c, copy.dst_mm, addr, d, newLo, newHi);
}

/** @returns 0 or NEEDS_PAGE */
function* copy_present_pte(c: Vcpu, copy: Copy, d: Ptr, s: Ptr, addr: number, lo: number, hi: number): Code<number> {
  const vm_flags = peek(c, at(copy.src_vma, vm_area_struct.vm_flags));
  const page = vm_normal_page(c, copy.src_vma, addr, lo, hi);
  if (page !== NULL) {
    const folio = yield* page_folio(c, page);
    yield* folio_get(c, folio);
    if (!PageAnon(c, folio)) yield* page_dup_file_rmap(c, page, false);
    else if ((yield* page_try_dup_anon_rmap(c, page, false, copy.src_vma)) !== 0) {
      yield* folio_put(c, folio);
      return yield* copy_present_page(c, copy, d, page, addr);
    }
    inc_mm_counter(c, copy.dst_mm, yield* mm_counter(c, page));
  }
  let entry = lo;
  if (is_cow_mapping(vm_flags) && pte_write(lo)) {
    yield* ptep_set_wrprotect(c, copy.src_mm, addr, s);
    entry = pte_wrprotect(entry);
  }
  if ((vm_flags & VM_SHARED) !== 0) entry = pte_mkclean(entry);
  yield* set_pte_at(c, copy.dst_mm, addr, d, pte_mkold(entry), hi);
  return 0;
}

/** The pinned page stays with the parent alone: who pinned it goes on seeing what the parent writes. */
function* copy_present_page(c: Vcpu, copy: Copy, d: Ptr, page: Ptr, addr: number): Code<number> {
  const new_folio = copy.prealloc;
  if (new_folio === NULL) return NEEDS_PAGE;
  copy.prealloc = NULL;
  const { dst_vma, dst_mm } = copy;
  yield* copy_user_highpage(c, new_folio, page, addr, dst_vma);
  yield* SetPageUptodate(c, new_folio);
  yield* folio_add_new_anon_rmap(c, new_folio, dst_vma, addr);
  yield* folio_add_lru_vma(c, new_folio, dst_vma);
  inc_mm_counter(c, dst_mm, MM_ANONPAGES);
  const prot = at(dst_vma, vm_area_struct.vm_page_prot);
  const entry = mk_pte(c, new_folio, peek(c, prot), peek(c, at(prot, 1)));
  const { hi } = c;
  yield* set_pte_at(c, dst_mm, addr, d, maybe_mkwrite(c, pte_mkdirty(entry), dst_vma), hi);
  return 0;
}
