// SPDX-License-Identifier: GPL-2.0-only
/**
 * A huge page for a collapse, accounted to whoever will own it. Linux v6.6: mm/khugepaged.c, alloc_charge_hpage(), hpage_collapse_alloc_page(),
 * alloc_hugepage_khugepaged_gfpmask().
 * left out: the choice of a node.
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_ORDER } from '../../arch/x86/include/asm/pgtable_types.ts';
import { GFP_TRANSHUGE, GFP_TRANSHUGE_LIGHT } from '../../include/linux/gfp.ts';
import { count_vm_event, THP_COLLAPSE_ALLOC, THP_COLLAPSE_ALLOC_FAILED } from '../../include/linux/vmstat.ts';
import { FAIL_PAGE_ALLOC, should_fail } from '../../lib/fault-inject/should_fail.ts';
import { prep_transhuge_page } from '../huge_memory/deferred_split_folio.ts';
import { TRANSPARENT_HUGEPAGE_DEFRAG_KHUGEPAGED_FLAG, test_hugepage_flag } from '../huge_memory/transparent_hugepage_flags.ts';
import { mem_cgroup_charge } from '../memcontrol/mem_cgroup_charge.ts';
import { alloc_pages } from '../page_alloc/__alloc_pages.ts';
import { put_page } from '../swap/put_page.ts';
import type { collapse_control } from './collapse_control.ts';
import { SCAN_ALLOC_HUGE_PAGE_FAIL, SCAN_CGROUP_CHARGE_FAIL, SCAN_SUCCEED } from './scan_result.ts';

const khugepaged_defrag = (c: Vcpu): boolean => test_hugepage_flag(c, TRANSPARENT_HUGEPAGE_DEFRAG_KHUGEPAGED_FLAG);

/** @returns a result code; on SCAN_SUCCEED the page is in c.out */
export function* alloc_charge_hpage(c: Vcpu, mm: Ptr, cc: collapse_control): Code<number> {
  const gfp = cc.is_khugepaged && !khugepaged_defrag(c) ? GFP_TRANSHUGE_LIGHT : GFP_TRANSHUGE;
  const hpage = should_fail(c, FAIL_PAGE_ALLOC) ? NULL : yield* alloc_pages(c, gfp, HPAGE_PMD_ORDER);
  if (hpage === NULL) {
    count_vm_event(c, THP_COLLAPSE_ALLOC_FAILED);
    return SCAN_ALLOC_HUGE_PAGE_FAIL;
  }
  prep_transhuge_page(c, hpage);
  count_vm_event(c, THP_COLLAPSE_ALLOC);
  if ((yield* mem_cgroup_charge(c, hpage, mm, gfp)) !== 0) {
    yield* put_page(c, hpage);
    return SCAN_CGROUP_CHARGE_FAIL;
  }
  c.out = hpage;
  return SCAN_SUCCEED;
}
