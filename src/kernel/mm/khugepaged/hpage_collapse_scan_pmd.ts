// SPDX-License-Identifier: GPL-2.0-only
/**
 * Is a range of anonymous memory worth a huge page? Linux v6.6: mm/khugepaged.c, hpage_collapse_scan_pmd().
 * left out: zone device pages; page_idle's young bit.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pte_none, pte_pfn, pte_present, pte_swp_uffd_wp, pte_uffd_wp, pte_write } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_NR } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get_locked } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { compound_head } from '../../include/linux/mm/page.ts';
import { page_mapcount } from '../../include/linux/page_ref.ts';
import { PageAnon, PageLocked, PageLRU } from '../../include/linux/page-flags.ts';
import { is_zero_pfn } from '../../include/linux/pgtable/zero_pfn.ts';
import { trace_mm_khugepaged_scan_pmd } from '../../include/trace/events/huge_memory.ts';
import { at } from '../../struct.ts';
import { vm_normal_page } from '../memory/vm_normal_page.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { is_young } from './__collapse_huge_page_isolate.ts';
import type { collapse_control } from './collapse_control.ts';
import { collapse_huge_page } from './collapse_huge_page.ts';
import { find_pmd_or_thp_or_none } from './find_pmd.ts';
import { exceeds_none, exceeds_shared, exceeds_swap, most_none } from './limits.ts';
import { hpage_collapse_scan_abort, NO_NODE, page_to_nid } from './node_load.ts';
import { is_refcount_suitable } from './release_pte_pages.ts';
import {
  SCAN_EXCEED_NONE_PTE,
  SCAN_EXCEED_SHARED_PTE,
  SCAN_EXCEED_SWAP_PTE,
  SCAN_LACK_REFERENCED_PAGE,
  SCAN_PAGE_ANON,
  SCAN_PAGE_COUNT,
  SCAN_PAGE_LOCK,
  SCAN_PAGE_LRU,
  SCAN_PAGE_NULL,
  SCAN_PAGE_RO,
  SCAN_PMD_NULL,
  SCAN_PTE_UFFD_WP,
  SCAN_SCAN_ABORT,
  SCAN_SUCCEED,
} from './scan_result.ts';

/** What has been seen so far. */
interface Scan {
  readonly vma: Ptr;
  readonly cc: collapse_control;
  readonly most_none: number;
  folio: Ptr;
  node: number;
  none_or_zero: number;
  shared: number;
  unmapped: number;
  referenced: number;
  writable: boolean;
}

/** mmap_lock is held for reading. @returns a result code; c.out is 1 if the lock is still held on return, 0 if it was dropped */
export function* hpage_collapse_scan_pmd(c: Vcpu, mm: Ptr, vma: Ptr, address: number, cc: collapse_control): Code<number> {
  const s: Scan = {
    vma,
    cc,
    most_none: most_none(c, cc, vma),
    folio: NULL,
    node: NO_NODE,
    none_or_zero: 0,
    shared: 0,
    unmapped: 0,
    referenced: 0,
    writable: false,
  };
  let result = yield* find_pmd_or_thp_or_none(c, mm, address);
  if (result === SCAN_SUCCEED) result = yield* scan_table(c, s, mm, c.out as Ptr, address);
  let mmap_locked = 1;
  if (result === SCAN_SUCCEED) {
    result = yield* collapse_huge_page(c, mm, address, s.referenced, s.unmapped, cc);
    mmap_locked = 0;
  }
  trace_mm_khugepaged_scan_pmd(c, mm, s.folio, s.writable, s.referenced, s.none_or_zero, result, s.unmapped);
  c.out = mmap_locked;
  return result;
}

function* scan_table(c: Vcpu, s: Scan, mm: Ptr, pmd: Ptr, address: number): Code<number> {
  const pte = yield* pte_offset_map_lock(c, mm, pmd, address);
  if (pte === NULL) return SCAN_PMD_NULL;
  const ptl = c.out as Ptr;
  let result = SCAN_SUCCEED;
  for (let i = 0; i < HPAGE_PMD_NR && result === SCAN_SUCCEED; i++) {
    result = yield* scan_pte(c, s, at(pte, 2 * i), address + i * 4096);
  }
  yield* pte_unmap_unlock(c, ptl);
  if (result !== SCAN_SUCCEED) return result;
  if (!s.writable) return SCAN_PAGE_RO;
  const few = s.referenced === 0 || (s.unmapped > 0 && s.referenced < HPAGE_PMD_NR / 2);
  return s.cc.is_khugepaged && few ? SCAN_LACK_REFERENCED_PAGE : SCAN_SUCCEED;
}

function* scan_pte(c: Vcpu, s: Scan, pte: Ptr, address: number): Code<number> {
  const lo = yield* ptep_get_locked(c, pte);
  const hi = c.hi;
  if (pte_none(lo, hi) || (pte_present(lo) && is_zero_pfn(c, pte_pfn(lo, hi)))) {
    s.none_or_zero++;
    return exceeds_none(c, s.most_none, s.none_or_zero) ? SCAN_EXCEED_NONE_PTE : SCAN_SUCCEED;
  }
  if (!pte_present(lo)) {
    if (exceeds_swap(c, s.cc, ++s.unmapped)) return SCAN_EXCEED_SWAP_PTE;
    return pte_swp_uffd_wp(lo) ? SCAN_PTE_UFFD_WP : SCAN_SUCCEED;
  }
  if (pte_uffd_wp(lo)) return SCAN_PTE_UFFD_WP;
  if (pte_write(lo)) s.writable = true;
  const page = vm_normal_page(c, s.vma, address, lo, hi);
  if (page === NULL) return SCAN_PAGE_NULL;
  if ((yield* page_mapcount(c, page)) > 1 && exceeds_shared(c, s.cc, ++s.shared)) return SCAN_EXCEED_SHARED_PTE;
  s.folio = yield* compound_head(c, page);
  return yield* scan_folio(c, s, s.folio, lo, address);
}

function* scan_folio(c: Vcpu, s: Scan, folio: Ptr, pteLo: number, address: number): Code<number> {
  const node = page_to_nid(c, folio);
  if (hpage_collapse_scan_abort(s.node, node)) return SCAN_SCAN_ABORT;
  s.node = node;
  if (!(yield* PageLRU(c, folio))) return SCAN_PAGE_LRU;
  if (yield* PageLocked(c, folio)) return SCAN_PAGE_LOCK;
  if (!PageAnon(c, folio)) return SCAN_PAGE_ANON;
  // Racy: somebody may be unmapping it elsewhere. It is asked again with the page locked.
  if (!(yield* is_refcount_suitable(c, folio))) return SCAN_PAGE_COUNT;
  if (s.cc.is_khugepaged && (yield* is_young(c, s.vma, folio, pteLo, address))) s.referenced++;
  return SCAN_SUCCEED;
}
