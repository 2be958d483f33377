// SPDX-License-Identifier: GPL-2.0-only
/**
 * New protection for the entries of one page table. Linux v6.6: mm/mprotect.c, change_pte_range(), can_change_pte_writable().
 * left out: NUMA hinting, device memory.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pte_modify } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { pte_clear, ptep_modify_prot_commit, ptep_modify_prot_start, set_pte_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import {
  pte_clear_uffd_wp,
  pte_dirty,
  pte_mkuffd_wp,
  pte_mkwrite,
  pte_none,
  pte_present,
  pte_protnone,
  pte_swp_clear_uffd_wp,
  pte_swp_mkuffd_wp,
  pte_uffd_wp,
  pte_write,
  pte_wrprotect,
} from '../../arch/x86/include/asm/pgtable.ts';
import { PAGE_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get_locked } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { pte_needs_flush } from '../../arch/x86/include/asm/tlbflush.ts';
import { type mmu_gather, tlb_change_page_size, tlb_flush_pte_range } from '../../include/asm-generic/tlb.ts';
import { MM_CP_TRY_CHANGE_WRITABLE, MM_CP_UFFD_WP, MM_CP_UFFD_WP_RESOLVE } from '../../include/linux/mm/mm_cp.ts';
import { VM_SHARED } from '../../include/linux/mm/vm_flags.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { PageAnon, PageAnonExclusive } from '../../include/linux/page-flags.ts';
import {
  is_writable_migration_entry,
  make_pte_marker,
  make_readable_exclusive_migration_entry,
  make_readable_migration_entry,
  PTE_MARKER_UFFD_WP,
  pfn_swap_entry_to_page,
  pte_marker_uffd_wp,
  pte_to_swp_entry,
  swp_entry_to_pte,
  swp_offset_pfn,
} from '../../include/linux/swapops.ts';
import { userfaultfd_wp } from '../../include/linux/userfaultfd_k.ts';
import { EAGAIN } from '../../include/uapi/asm-generic/errno.ts';
import { since } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { vm_normal_page } from '../memory/vm_normal_page.ts';
import { vma_is_anonymous } from '../mmap/find_vma.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { flush_tlb_batched_pending } from '../rmap/try_to_unmap_flush.ts';

/** Would a write fault only set the bit? */
export function* can_change_pte_writable(c: Vcpu, vma: Ptr, addr: number, lo: number, hi: number): Code<boolean> {
  if (pte_protnone(lo) || (userfaultfd_wp(c, vma) && pte_uffd_wp(lo))) return false;
  const shared = (peek(c, at(vma, vm_area_struct.vm_flags)) & VM_SHARED) !== 0;
  if (!pte_dirty(lo) && (shared || !since(c, 'd84887739d5c'))) return false;
  if (shared) return true;
  const page = vm_normal_page(c, vma, addr, lo, hi);
  return page !== NULL && PageAnon(c, page) && (yield* PageAnonExclusive(c, page));
}

/** @returns how many entries have changed, or -EAGAIN: there was no table */
export function* change_pte_range(
  c: Vcpu,
  tlb: mmu_gather,
  vma: Ptr,
  pmd: Ptr,
  addr: number,
  end: number,
  newprotLo: number,
  newprotHi: number,
  cp_flags: number,
): Code<number> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  tlb_change_page_size(c, tlb, PAGE_SIZE);
  const first = yield* pte_offset_map_lock(c, mm, pmd, addr);
  if (first === NULL) return -EAGAIN;
  const ptl = c.out as Ptr;
  yield* flush_tlb_batched_pending(c, mm);
  let pages = 0;
  let pte = first;
  for (let at_addr = addr; at_addr < end; at_addr += PAGE_SIZE, pte = at(pte, 2)) {
    const lo = yield* ptep_get_locked(c, pte);
    const { hi } = c;
    if (pte_present(lo)) {
      yield* change_present(c, tlb, vma, at_addr, pte, newprotLo, newprotHi, cp_flags);
      pages++;
    } else if (!pte_none(lo, hi)) {
      if (yield* change_swap(c, mm, at_addr, pte, lo, hi, cp_flags)) pages++;
    } else if ((cp_flags & MM_CP_UFFD_WP) !== 0 && !vma_is_anonymous(c, vma)) {
      const marker = make_pte_marker(c, PTE_MARKER_UFFD_WP);
      yield* set_pte_at(c, mm, at_addr, pte, marker, c.hi);
      pages++;
    }
  }
  yield* pte_unmap_unlock(c, ptl);
  return pages;
}

function* change_present(
  c: Vcpu,
  tlb: mmu_gather,
  vma: Ptr,
  addr: number,
  pte: Ptr,
  newprotLo: number,
  newprotHi: number,
  cp_flags: number,
): Code {
  const oldLo = yield* ptep_modify_prot_start(c, tlb.mm, addr, pte);
  const oldHi = c.hi;
  let lo = pte_modify(c, oldLo, oldHi, newprotLo, newprotHi);
  const { hi } = c;
  if ((cp_flags & MM_CP_UFFD_WP) !== 0) lo = pte_mkuffd_wp(pte_wrprotect(lo));
  else if ((cp_flags & MM_CP_UFFD_WP_RESOLVE) !== 0) lo = pte_clear_uffd_wp(lo);
  if ((cp_flags & MM_CP_TRY_CHANGE_WRITABLE) !== 0 && !pte_write(lo)) {
    if (yield* can_change_pte_writable(c, vma, addr, lo, hi)) lo = pte_mkwrite(lo);
  }
  yield* ptep_modify_prot_commit(c, vma, addr, pte, lo, hi);
  if (pte_needs_flush(oldLo, oldHi, lo, hi)) tlb_flush_pte_range(c, tlb, addr, PAGE_SIZE);
}

/** @returns whether it has changed */
function* change_swap(c: Vcpu, mm: Ptr, addr: number, pte: Ptr, lo: number, hi: number, cp_flags: number): Code<boolean> {
  const entry = pte_to_swp_entry(lo, hi);
  let newLo = lo;
  let newHi = hi;
  if (is_writable_migration_entry(entry)) {
    // Whether it may be written to is asked again once the page is back.
    const pfn = swp_offset_pfn(entry);
    const anon = PageAnon(c, pfn_swap_entry_to_page(c, entry));
    newLo = swp_entry_to_pte(c, anon ? make_readable_exclusive_migration_entry(pfn) : make_readable_migration_entry(pfn));
    newHi = c.hi;
  } else if (pte_marker_uffd_wp(lo, hi)) {
    if ((cp_flags & MM_CP_UFFD_WP_RESOLVE) === 0) return false;
    yield* pte_clear(c, mm, addr, pte);
    return true;
  }
  if ((cp_flags & MM_CP_UFFD_WP) !== 0) newLo = pte_swp_mkuffd_wp(newLo);
  else if ((cp_flags & MM_CP_UFFD_WP_RESOLVE) !== 0) newLo = pte_swp_clear_uffd_wp(newLo);
  if (newLo === lo && newHi === hi) return false;
  yield* set_pte_at(c, mm, addr, pte, newLo, newHi);
  return true;
}
