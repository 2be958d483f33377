// SPDX-License-Identifier: GPL-2.0-only
/**
 * Is a range of a file worth a huge page? Linux v6.6: mm/khugepaged.c, hpage_collapse_scan_file().
 * left out: the pause of the walk where another task wants the CPU.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_NR, HPAGE_PMD_ORDER } from '../../arch/x86/include/asm/pgtable_types.ts';
import { file_mapping } from '../../include/linux/fs.ts';
import { compound_head, compound_order } from '../../include/linux/mm/page.ts';
import { page_count, page_mapcount } from '../../include/linux/page_ref.ts';
import { PageCompound, PageLRU, PagePrivate } from '../../include/linux/page-flags.ts';
import { folio_index } from '../../include/linux/pagemap.ts';
import { count_vm_event, THP_SCAN_EXCEED_NONE_PTE } from '../../include/linux/vmstat.ts';
import { XA_STATE, xa_is_value, xas_retry } from '../../include/linux/xarray.ts';
import { trace_mm_khugepaged_scan_file } from '../../include/trace/events/huge_memory.ts';
import { rcu_read_lock, rcu_read_unlock } from '../../kernel/rcu/update.ts';
import { xas_find, xas_next_entry } from '../../lib/xarray/xas_find.ts';
import type { collapse_control } from './collapse_control.ts';
import { collapse_file } from './collapse_file.ts';
import { khugepaged_read, khugepaged_state } from './khugepaged_scan.ts';
import { exceeds_swap } from './limits.ts';
import { hpage_collapse_scan_abort, NO_NODE, page_to_nid } from './node_load.ts';
import {
  SCAN_EXCEED_NONE_PTE,
  SCAN_EXCEED_SWAP_PTE,
  SCAN_PAGE_COMPOUND,
  SCAN_PAGE_COUNT,
  SCAN_PAGE_LRU,
  SCAN_PTE_MAPPED_HUGEPAGE,
  SCAN_SCAN_ABORT,
  SCAN_SUCCEED,
} from './scan_result.ts';

/** What has been seen so far. */
interface Scan {
  readonly cc: collapse_control;
  readonly start: number;
  node: number;
  present: number;
  swap: number;
}

/** No mmap_lock is held, but a reference to the file. @param start page offset of the range. @returns a result code */
export function* hpage_collapse_scan_file(c: Vcpu, mm: Ptr, addr: number, file: Ptr, start: number, cc: collapse_control): Code<number> {
  const s: Scan = { cc, start, node: NO_NODE, present: 0, swap: 0 };
  let result = SCAN_SUCCEED;
  const end = start + HPAGE_PMD_NR - 1;
  const xas = XA_STATE(file_mapping(c, file), start);
  yield* rcu_read_lock(c);
  let entry = yield* xas_find(c, xas, end);
  while (entry !== NULL) {
    if (!xas_retry(xas, entry)) result = yield* scan_entry(c, s, entry);
    if (result !== SCAN_SUCCEED) break;
    entry = yield* xas_next_entry(c, xas, end);
  }
  yield* rcu_read_unlock(c);
  if (result === SCAN_SUCCEED) {
    if (cc.is_khugepaged && s.present < HPAGE_PMD_NR - khugepaged_read(c, khugepaged_state.max_ptes_none)) {
      result = SCAN_EXCEED_NONE_PTE;
      count_vm_event(c, THP_SCAN_EXCEED_NONE_PTE);
    } else result = yield* collapse_file(c, mm, addr, file, start, cc);
  }
  const page = xa_is_value(entry) ? NULL : (entry as Ptr);
  trace_mm_khugepaged_scan_file(c, mm, page, file, s.present, s.swap, result);
  return result;
}

/** The page may go away, and become another, at any time: everything is asked again when it is locked. */
function* scan_entry(c: Vcpu, s: Scan, entry: number): Code<number> {
  if (xa_is_value(entry)) return exceeds_swap(c, s.cc, ++s.swap) ? SCAN_EXCEED_SWAP_PTE : SCAN_SUCCEED;
  const page = entry as Ptr;
  if (yield* PageCompound(c, page)) {
    const head = yield* compound_head(c, page);
    const whole = compound_order(c, head) === HPAGE_PMD_ORDER && folio_index(c, head) === s.start;
    return whole ? SCAN_PTE_MAPPED_HUGEPAGE : SCAN_PAGE_COMPOUND;
  }
  const node = page_to_nid(c, page);
  if (hpage_collapse_scan_abort(s.node, node)) return SCAN_SCAN_ABORT;
  s.node = node;
  if (!(yield* PageLRU(c, page))) return SCAN_PAGE_LRU;
  const expected = 1 + (yield* page_mapcount(c, page)) + ((yield* PagePrivate(c, page)) ? 1 : 0);
  if ((yield* page_count(c, page)) !== expected) return SCAN_PAGE_COUNT;
  s.present++;
  return SCAN_SUCCEED;
}
