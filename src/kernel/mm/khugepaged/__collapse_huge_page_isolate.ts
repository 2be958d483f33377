// SPDX-License-Identifier: GPL-2.0-only
/**
 * The table is out of its slot: locks and isolates every page that it maps. Linux v6.6: mm/khugepaged.c, __collapse_huge_page_isolate().
 * left out: zone device pages; page_idle's young bit.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pte_none, pte_pfn, pte_present, pte_uffd_wp, pte_write, pte_young } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_NR } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get_locked } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { compound_head, compound_nr } from '../../include/linux/mm/page.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { page_mapcount } from '../../include/linux/page_ref.ts';
import { PageReferenced } from '../../include/linux/page-flags.ts';
import { is_zero_pfn } from '../../include/linux/pgtable/zero_pfn.ts';
import { trace_mm_collapse_huge_page_isolate } from '../../include/trace/events/huge_memory.ts';
import { at } from '../../struct.ts';
import { folio_trylock, folio_unlock } from '../filemap/folio_lock.ts';
import { vm_normal_page } from '../memory/vm_normal_page.ts';
import { mmu_notifier_test_young } from '../mmu_notifier/mmu_notifier.ts';
import { folio_isolate_lru } from '../vmscan/isolate_lru_page.ts';
import type { collapse_control } from './collapse_control.ts';
import { exceeds_none, exceeds_shared, most_none } from './limits.ts';
import { count_isolated, is_refcount_suitable, release_pte_pages } from './release_pte_pages.ts';
import {
  SCAN_DEL_PAGE_LRU,
  SCAN_EXCEED_NONE_PTE,
  SCAN_EXCEED_SHARED_PTE,
  SCAN_LACK_REFERENCED_PAGE,
  SCAN_PAGE_COUNT,
  SCAN_PAGE_LOCK,
  SCAN_PAGE_NULL,
  SCAN_PAGE_RO,
  SCAN_PTE_NON_PRESENT,
  SCAN_PTE_UFFD_WP,
  SCAN_SUCCEED,
} from './scan_result.ts';

/** What has been seen so far. */
interface Isolation {
  readonly vma: Ptr;
  readonly cc: collapse_control;
  readonly most_none: number;
  readonly compound_pagelist: Ptr[];
  folio: Ptr;
  none_or_zero: number;
  shared: number;
  referenced: number;
  writable: boolean;
}

/** With the page-table lock held. @param compound_pagelist gets the huge pages. @returns a result code; on failure everything has been released */
export function* __collapse_huge_page_isolate(
  c: Vcpu,
  vma: Ptr,
  address: number,
  pte: Ptr,
  cc: collapse_control,
  compound_pagelist: Ptr[],
): Code<number> {
  const s: Isolation = {
    vma,
    cc,
    most_none: most_none(c, cc, vma),
    compound_pagelist,
    folio: NULL,
    none_or_zero: 0,
    shared: 0,
    referenced: 0,
    writable: false,
  };
  let result = SCAN_SUCCEED;
  let i = 0;
  while (i < HPAGE_PMD_NR) {
    result = yield* isolate_pte(c, s, at(pte, 2 * i), address + i * 4096);
    if (result !== SCAN_SUCCEED) break;
    i++;
  }
  if (result === SCAN_SUCCEED && !s.writable) result = SCAN_PAGE_RO;
  else if (result === SCAN_SUCCEED && cc.is_khugepaged && s.referenced === 0) result = SCAN_LACK_REFERENCED_PAGE;
  if (result !== SCAN_SUCCEED) yield* release_pte_pages(c, pte, i, compound_pagelist);
  trace_mm_collapse_huge_page_isolate(c, s.folio, s.none_or_zero, s.referenced, s.writable, result);
  return result;
}

function* isolate_pte(c: Vcpu, s: Isolation, pte: Ptr, address: number): Code<number> {
  const lo = yield* ptep_get_locked(c, pte);
  const hi = c.hi;
  if (pte_none(lo, hi) || (pte_present(lo) && is_zero_pfn(c, pte_pfn(lo, hi)))) {
    s.none_or_zero++;
    return exceeds_none(c, s.most_none, s.none_or_zero) ? SCAN_EXCEED_NONE_PTE : SCAN_SUCCEED;
  }
  if (!pte_present(lo)) return SCAN_PTE_NON_PRESENT;
  if (pte_uffd_wp(lo)) return SCAN_PTE_UFFD_WP;
  const page = vm_normal_page(c, s.vma, address, lo, hi);
  s.folio = page;
  if (page === NULL) return SCAN_PAGE_NULL;
  if ((yield* page_mapcount(c, page)) > 1 && exceeds_shared(c, s.cc, ++s.shared)) return SCAN_EXCEED_SHARED_PTE;
  s.folio = yield* compound_head(c, page);
  if (compound_nr(c, s.folio) === 1 || !s.compound_pagelist.includes(s.folio)) {
    const result = yield* isolate_folio(c, s, s.folio);
    if (result !== SCAN_SUCCEED) return result;
  }
  if (s.cc.is_khugepaged && (yield* is_young(c, s.vma, s.folio, lo, address))) s.referenced++;
  if (pte_write(lo)) s.writable = true;
  return SCAN_SUCCEED;
}

/** The page cannot go away: it is mapped, and the page-table lock is held. Its lock keeps split_huge_page() out. */
function* isolate_folio(c: Vcpu, s: Isolation, folio: Ptr): Code<number> {
  if (!(yield* folio_trylock(c, folio))) return SCAN_PAGE_LOCK;
  // The table is unhooked, so this process can take no new reference; a child may, but only to copy.
  let result = SCAN_PAGE_COUNT;
  if (yield* is_refcount_suitable(c, folio)) result = (yield* folio_isolate_lru(c, folio)) ? SCAN_SUCCEED : SCAN_DEL_PAGE_LRU;
  if (result !== SCAN_SUCCEED) {
    yield* folio_unlock(c, folio);
    return result;
  }
  yield* count_isolated(c, folio, 1);
  if (compound_nr(c, folio) > 1) s.compound_pagelist.push(folio);
  return SCAN_SUCCEED;
}

/** Has the page been used of late? */
export function* is_young(c: Vcpu, vma: Ptr, folio: Ptr, pteLo: number, address: number): Code<boolean> {
  if (pte_young(pteLo) || (yield* PageReferenced(c, folio))) return true;
  return yield* mmu_notifier_test_young(c, peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr, address);
}
