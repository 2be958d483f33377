// SPDX-License-Identifier: GPL-2.0-only
/**
 * One page of a userfaultfd's answer is mapped. Linux v6.6: mm/userfaultfd.c, mfill_file_over_size(), mfill_atomic_install_pte(),
 * mfill_atomic_pte_zeropage().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mk_pte, pfn_pte } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { set_pte_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pte_mkdirty, pte_mkspecial, pte_mkuffd_wp, pte_mkwrite, pte_none, pte_wrprotect } from '../../arch/x86/include/asm/pgtable.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { file_inode, i_size_read } from '../../include/linux/fs.ts';
import { inc_mm_counter, mm_counter } from '../../include/linux/mm/mm_counter.ts';
import { compound_head } from '../../include/linux/mm/page.ts';
import { VM_SHARED, VM_WRITE } from '../../include/linux/mm/vm_flags.ts';
import { page as struct_page, vm_area_struct } from '../../include/linux/mm_types.ts';
import { PageAnon } from '../../include/linux/page-flags.ts';
import { linear_page_index } from '../../include/linux/pagemap.ts';
import { my_zero_pfn } from '../../include/linux/pgtable/zero_pfn.ts';
import { EAGAIN, EEXIST, EFAULT } from '../../include/uapi/asm-generic/errno.ts';
import { at } from '../../struct.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { page_add_new_anon_rmap } from '../rmap/page_add_anon_rmap.ts';
import { page_add_file_rmap } from '../rmap/page_add_file_rmap.ts';
import { folio_add_lru, lru_cache_add_inactive_or_unevictable } from '../swap/folio_add_lru.ts';

/** Serialises against truncation by the page-table lock. */
export function* mfill_file_over_size(c: Vcpu, vma: Ptr, address: number): Code<boolean> {
  const file = peek(c, at(vma, vm_area_struct.vm_file)) as Ptr;
  if (file === NULL) return false;
  return linear_page_index(c, vma, address) >= Math.ceil((yield* i_size_read(c, file_inode(c, file))) / 4096);
}

/** @returns 0, with the pte and c.out the lock held; or a negative errno */
function* lock_empty_pte(c: Vcpu, vma: Ptr, pmd: Ptr, address: number): Code<Ptr> {
  const pte = yield* pte_offset_map_lock(c, peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr, pmd, address);
  if (pte === NULL) return -EAGAIN as Ptr;
  const ptl = c.out as Ptr;
  let error = 0;
  if (yield* mfill_file_over_size(c, vma, address)) error = -EFAULT;
  else {
    const lo = yield* ptep_get(c, pte);
    if (!pte_none(lo, c.hi)) error = -EEXIST;
  }
  if (error !== 0) {
    yield* pte_unmap_unlock(c, ptl);
    return error as Ptr;
  }
  c.out = ptl;
  return pte;
}

/**
 * The caller's reference goes to the mapping.
 * @param newly_allocated not on the LRU yet
 * @returns 0; -EEXIST, -EFAULT beyond the end of the file, or -EAGAIN where the page table has gone
 */
export function* mfill_atomic_install_pte(
  c: Vcpu,
  vma: Ptr,
  pmd: Ptr,
  address: number,
  page: Ptr,
  newly_allocated: boolean,
  wp: boolean,
): Code<number> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const flags = peek(c, at(vma, vm_area_struct.vm_flags));
  const folio = yield* compound_head(c, page);
  const page_in_cache = peek(c, at(folio, struct_page.mapping)) !== NULL && !PageAnon(c, folio);
  let lo = mk_pte(c, page, peek(c, at(vma, vm_area_struct.vm_page_prot)), peek(c, at(vma, vm_area_struct.vm_page_prot + 1)));
  const hi = c.hi;
  const writable = (flags & VM_WRITE) !== 0 && !(page_in_cache && (flags & VM_SHARED) === 0) && !wp;
  lo = writable ? pte_mkwrite(pte_mkdirty(lo)) : pte_wrprotect(pte_mkdirty(lo));
  if (wp) lo = pte_mkuffd_wp(lo);
  const pte = yield* lock_empty_pte(c, vma, pmd, address);
  if (pte < 0) return pte;
  const ptl = c.out as Ptr;
  if (page_in_cache) {
    if (newly_allocated) yield* folio_add_lru(c, folio);
    yield* page_add_file_rmap(c, page, vma, false);
  } else {
    yield* page_add_new_anon_rmap(c, page, vma, address);
    yield* lru_cache_add_inactive_or_unevictable(c, page, vma);
  }
  inc_mm_counter(c, mm, yield* mm_counter(c, page));
  yield* set_pte_at(c, mm, address, pte, lo, hi);
  yield* pte_unmap_unlock(c, ptl);
  return 0;
}

/** UFFDIO_ZEROPAGE of a private mapping. @returns as above */
export function* mfill_atomic_pte_zeropage(c: Vcpu, vma: Ptr, pmd: Ptr, address: number): Code<number> {
  const prot = at(vma, vm_area_struct.vm_page_prot);
  const lo = pte_mkspecial(pfn_pte(c, my_zero_pfn(c, address), peek(c, prot), peek(c, at(prot, 1))));
  const hi = c.hi;
  const pte = yield* lock_empty_pte(c, vma, pmd, address);
  if (pte < 0) return pte;
  const ptl = c.out as Ptr;
  yield* set_pte_at(c, peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr, address, pte, lo, hi);
  yield* pte_unmap_unlock(c, ptl);
  return 0;
}
