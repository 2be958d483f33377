// SPDX-License-Identifier: GPL-2.0-only
/**
 * Entries that map small parts of a huge page of a file. Linux v6.6: mm/khugepaged.c, the parts of collapse_pte_mapped_thp() that v6.1 has too.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { ptep_get_and_clear } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pte_none, pte_present } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_ORDER, HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get_locked } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { file_mapping } from '../../include/linux/fs.ts';
import { add_mm_counter, mm_counter_file } from '../../include/linux/mm/mm_counter.ts';
import { compound_head, compound_order, nth_page } from '../../include/linux/mm/page.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { page_ref_sub } from '../../include/linux/page_ref.ts';
import { PageHead } from '../../include/linux/page-flags.ts';
import { linear_page_index } from '../../include/linux/pagemap.ts';
import { userfaultfd_wp } from '../../include/linux/userfaultfd_k.ts';
import { since } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { find_lock_page } from '../filemap/filemap_get_folio.ts';
import { folio_unlock } from '../filemap/folio_lock.ts';
import { hugepage_vma_check } from '../huge_memory/hugepage_vma_check.ts';
import { vm_normal_page } from '../memory/vm_normal_page.ts';
import { range_in_vma } from '../mmap/find_vma.ts';
import { page_remove_rmap } from '../rmap/page_remove_rmap.ts';
import { put_page } from '../swap/put_page.ts';
import { find_pmd_or_thp_or_none } from './find_pmd.ts';
import {
  SCAN_FAIL,
  SCAN_PAGE_COMPOUND,
  SCAN_PAGE_NULL,
  SCAN_PMD_MAPPED,
  SCAN_PTE_NON_PRESENT,
  SCAN_PTE_UFFD_WP,
  SCAN_SUCCEED,
  SCAN_VMA_CHECK,
} from './scan_result.ts';

/** May the VMA have a huge page at `haddr`, and is there one in its file? @returns a result code; on SCAN_SUCCEED the page, locked, is in c.out */
export function* lock_huge_page_of(c: Vcpu, mm: Ptr, vma: Ptr, haddr: number): Code<number> {
  const file = vma === NULL ? NULL : (peek(c, at(vma, vm_area_struct.vm_file)) as Ptr);
  const mapped = file !== NULL && range_in_vma(c, vma, haddr, haddr + HPAGE_PMD_SIZE);
  // First, since page tables may be on their way out where there is no VMA. v6.1 and v6.5, with mmap_lock for writing, asked afterwards.
  if (!mapped && since(c, '1043173eb5eb')) return SCAN_VMA_CHECK;
  if ((yield* find_pmd_or_thp_or_none(c, mm, haddr)) === SCAN_PMD_MAPPED) return SCAN_PMD_MAPPED;
  if (!mapped) return SCAN_VMA_CHECK;
  // The page is there: a fault would map it whole, whatever the settings say.
  const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
  if (!(yield* hugepage_vma_check(c, vma, vm_flags, false, false, false))) return SCAN_VMA_CHECK;
  if (userfaultfd_wp(c, vma)) return SCAN_PTE_UFFD_WP; // the table may hold markers
  const hpage = yield* find_lock_page(c, file_mapping(c, file), linear_page_index(c, vma, haddr));
  if (hpage === NULL) return SCAN_PAGE_NULL;
  const wrong = yield* wrong_size(c, hpage);
  if (wrong !== SCAN_SUCCEED) {
    yield* folio_unlock(c, yield* compound_head(c, hpage));
    yield* put_page(c, hpage);
    return wrong;
  }
  c.out = hpage;
  return SCAN_SUCCEED;
}

function* wrong_size(c: Vcpu, hpage: Ptr): Code<number> {
  if (!(yield* PageHead(c, hpage))) return SCAN_FAIL;
  return compound_order(c, hpage) === HPAGE_PMD_ORDER ? SCAN_SUCCEED : SCAN_PAGE_COMPOUND;
}

/** Is the i-th entry empty, or one of the i-th page of the huge one? A private copy is neither. */
export function* check_pte(c: Vcpu, vma: Ptr, haddr: number, pte: Ptr, hpage: Ptr, i: number): Code<number> {
  const lo = yield* ptep_get_locked(c, pte);
  const hi = c.hi;
  if (pte_none(lo, hi)) return SCAN_SUCCEED;
  if (!pte_present(lo)) return SCAN_PTE_NON_PRESENT;
  return vm_normal_page(c, vma, haddr + i * 4096, lo, hi) === nth_page(c, hpage, i) ? SCAN_SUCCEED : SCAN_FAIL;
}

/**
 * Cleared, so that a truncation that comes in between does not take the page away a second time; pmdp_collapse_flush() flushes. What was dirty is
 * dirty already: shmem's pages always are, and other files are not written to. @returns whether a page was mapped
 */
export function* unmap_pte(c: Vcpu, mm: Ptr, vma: Ptr, haddr: number, pte: Ptr, i: number): Code<boolean> {
  const lo = yield* ptep_get_locked(c, pte);
  const hi = c.hi;
  if (pte_none(lo, hi)) return false;
  const address = haddr + i * 4096;
  const page = vm_normal_page(c, vma, address, lo, hi);
  yield* ptep_get_and_clear(c, mm, address, pte);
  yield* page_remove_rmap(c, page, vma, false);
  return true;
}

/** References and resident pages of entries that are gone. */
export function* forget_ptes(c: Vcpu, mm: Ptr, hpage: Ptr, nr: number): Code {
  yield* page_ref_sub(c, hpage, nr);
  add_mm_counter(c, mm, yield* mm_counter_file(c, hpage), -nr);
}
