// SPDX-License-Identifier: GPL-2.0-only
/** Maps the huge page of a file where its table has gone. Linux v6.6: mm/khugepaged.c, set_huge_pmd(). */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { new_vm_fault } from '../../include/linux/mm/vm_fault.ts';
import { get_page } from '../../include/linux/page_ref.ts';
import { linear_page_index } from '../../include/linux/pagemap.ts';
import { do_set_pmd } from '../memory/do_set_pmd.ts';
import { SCAN_FAIL, SCAN_SUCCEED } from './scan_result.ts';

/** The page and mmap_lock are locked. @returns a result code */
export function* set_huge_pmd(c: Vcpu, vma: Ptr, addr: number, pmdp: Ptr, hpage: Ptr): Code<number> {
  const vmf = new_vm_fault(vma, addr, 0, linear_page_index(c, vma, addr));
  vmf.pmd = pmdp;
  if ((yield* do_set_pmd(c, vmf, hpage)) !== 0) return SCAN_FAIL;
  yield* get_page(c, hpage);
  return SCAN_SUCCEED;
}
