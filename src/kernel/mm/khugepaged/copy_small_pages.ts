// SPDX-License-Identifier: GPL-2.0-only
/**
 * The contents of a range of a file, in the huge page. Linux v6.6: mm/khugepaged.c, collapse_file(): clear_highpage() for holes, copy_mc_highpage() for
 * pages. In v6.1 a poisoned page ended the kernel (copy_highpage()).
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { HPAGE_PMD_NR } from '../../arch/x86/include/asm/pgtable_types.ts';
import { clear_highpage, copy_highpage, copy_mc_highpage } from '../../include/linux/highmem.ts';
import { nth_page } from '../../include/linux/mm/page.ts';
import { folio_index } from '../../include/linux/pagemap.ts';
import { since } from '../../kernel.ts';
import type { file_collapse } from './file_collapse.ts';
import { SCAN_COPY_MC, SCAN_SUCCEED } from './scan_result.ts';

/** The pages are locked, and unmapped everywhere: they do not change. @returns SCAN_SUCCEED or SCAN_COPY_MC */
export function* copy_small_pages(c: Vcpu, s: file_collapse): Code<number> {
  const poison = since(c, '12904d953364');
  let n = 0;
  for (const page of s.pagelist) {
    const to = folio_index(c, page) - s.start;
    while (n < to) yield* clear_highpage(c, nth_page(c, s.hpage, n++));
    const dst = nth_page(c, s.hpage, n++);
    if (!poison) yield* copy_highpage(c, dst, page);
    else if ((yield* copy_mc_highpage(c, dst, page)) > 0) return SCAN_COPY_MC;
  }
  while (n < HPAGE_PMD_NR) yield* clear_highpage(c, nth_page(c, s.hpage, n++));
  return SCAN_SUCCEED;
}
