// SPDX-License-Identifier: GPL-2.0-only
/**
 * Memory that has failed. Linux v6.6: mm/memory-failure.c, memory_failure(), memory_failure_queue(), page_handle_poison(), folio_set_has_hwpoisoned()
 * as copy_mc and khugepaged see it: the page is marked, and a copy of it ends early.
 *
 * left out: unmapping the page from its users and telling them by SIGBUS (hwpoison_user_mappings()), offlining, filters.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Pfn, Ptr } from '../../../../mmu/types.ts';
import { compound_head, pfn_to_page } from '../../include/linux/mm/page.ts';
import { SetPageHasHWPoisoned, TestSetPageHWPoison } from '../../include/linux/page-flags.ts';
import { EHWPOISON } from '../../include/uapi/asm-generic/errno.ts';

/** The frame's memory fails from now on. @returns 0, or -EHWPOISON if it has already */
export function* memory_failure(c: Vcpu, pfn: number): Code<number> {
  return (yield* poison_page(c, pfn_to_page(c, pfn as Pfn))) ? 0 : -EHWPOISON;
}

/** Injection for studies: the next machine-check safe copy of the page fails. @returns whether it was sound before */
export function* poison_page(c: Vcpu, page: Ptr): Code<boolean> {
  if (yield* TestSetPageHWPoison(c, page)) return false;
  const head = yield* compound_head(c, page);
  if (head !== page) yield* SetPageHasHWPoisoned(c, head);
  return true;
}
