// SPDX-License-Identifier: GPL-2.0-only
/** Mistakes that a port of mm could have: one line forgotten, or done to the wrong page, or twice. */
import type { Mutant } from './erased.ts';

const MM = 'src/kernel/mm';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a mapping that a collapse takes away is not taken off the count',
    file: `${MM}/khugepaged/__collapse_huge_page_copy.ts`,
    from: '  yield* page_remove_rmap(c, src_page, t.vma, false);\n',
    to: '',
  },
  {
    name: 'a collapse copies to the next page',
    file: `${MM}/khugepaged/__collapse_huge_page_copy.ts`,
    from: 'nth_page(c, page, i), address',
    to: 'nth_page(c, page, (i + 1) % HPAGE_PMD_NR), address',
  },
  {
    name: 'a collapse of a file leaves holes uncleared',
    file: `${MM}/khugepaged/copy_small_pages.ts`,
    from: 'while (n < to) yield* clear_highpage(c, nth_page(c, s.hpage, n++));',
    to: 'while (n < to) n++;',
  },
  {
    name: 'a huge page of a file counts as one reference of the page cache',
    file: `${MM}/khugepaged/collapse_file.ts`,
    from: '  yield* folio_ref_add(c, hpage, HPAGE_PMD_NR - 1);\n',
    to: '',
  },
  {
    name: 'a copy of a written page does not copy',
    file: `${MM}/memory/wp_page_copy_user.ts`,
    from: '(yield* copy_mc_user_highpage(c, copy, vmf.page, vmf.address, vmf.vma)) === 0',
    to: 'copy !== vmf.page',
  },
  {
    name: 'fork leaves the parent its right to write',
    file: `${MM}/memory/copy_pte_range.ts`,
    from: '    yield* ptep_set_wrprotect(c, copy.src_mm, addr, s);\n',
    to: '',
  },
  {
    name: 'fork does not count the references to swap slots',
    file: `${MM}/memory/copy_pte_range.ts`,
    from: '    yield* swap_duplicate(c, entry);\n',
    to: '',
  },
  {
    name: 'what is unmapped is not flushed from the TLBs',
    file: `${MM}/mmu_gather/tlb_gather_mmu.ts`,
    from: '  yield* tlb_flush_mmu_tlbonly(c, tlb);\n  yield* tlb_table_flush',
    to: '  yield* tlb_table_flush',
  },
  {
    name: 'the old page of a copy is put twice',
    file: `${MM}/memory/wp_page_copy_user.ts`,
    from: '    yield* folio_put(c, old_folio); // the reference of the old mapping\n',
    to: '    yield* folio_put(c, old_folio);\n    yield* folio_put(c, old_folio);\n',
  },
  {
    name: 'the deposited table of a huge page is forgotten',
    file: `${MM}/huge_memory/zap_huge_pmd.ts`,
    from: '    yield* zap_deposited_table(c, mm, pmd);\n    add_mm_counter',
    to: '    add_mm_counter',
  },
  {
    name: 'swap slots are kept when what maps them is unmapped',
    file: `${MM}/memory/zap_pte_range.ts`,
    from: '      yield* free_swap_and_cache(c, entry);\n',
    to: '',
  },
  {
    name: 'the cursor of a huge page is not moved back',
    file: 'src/kernel/lib/xarray/xas_find.ts',
    from: '  xas.xa_offset -= xas.xa_sibs; ',
    to: '  ',
  },
];
