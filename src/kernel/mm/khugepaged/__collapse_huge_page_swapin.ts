// SPDX-License-Identifier: GPL-2.0-only
/**
 * Brings in what a range has in swap. Linux v6.6: mm/khugepaged.c, __collapse_huge_page_swapin().
 */
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pte_none, pte_present } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_NR } from '../../arch/x86/include/asm/pgtable_types.ts';
import { FAULT_FLAG_ALLOW_RETRY, new_vm_fault, VM_FAULT_ERROR, VM_FAULT_RETRY } from '../../include/linux/mm/vm_fault.ts';
import { mmap_read_unlock } from '../../include/linux/mmap_lock.ts';
import { linear_page_index } from '../../include/linux/pagemap.ts';
import { ptep_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { trace_mm_collapse_huge_page_swapin } from '../../include/trace/events/huge_memory.ts';
import { since } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { do_swap_page } from '../memory/do_swap_page.ts';
import { pte_offset_map_nolock, pte_unmap } from '../pgtable-generic/__pte_offset_map.ts';
import { lru_add_drain } from '../swap/lru_add_drain.ts';
import { SCAN_FAIL, SCAN_PAGE_LOCK, SCAN_PMD_NULL, SCAN_SUCCEED } from './scan_result.ts';

/** mmap_lock is held for reading. @returns a result code; if it is not SCAN_SUCCEED the lock has been dropped */
export function* __collapse_huge_page_swapin(c: Vcpu, mm: Ptr, vma: Ptr, haddr: number, pmd: Ptr, referenced: number): Code<number> {
  let swapped_in = 0;
  let result = SCAN_SUCCEED;
  let pte = NULL;
  let ptl = NULL;
  for (let i = 0; i < HPAGE_PMD_NR && result === SCAN_SUCCEED; i++) {
    const address = haddr + i * 4096;
    if (pte === NULL) {
      pte = yield* pte_offset_map_nolock(c, mm, pmd, address);
      ptl = c.out as Ptr;
      if (pte === NULL) {
        yield* mmap_read_unlock(c, mm);
        result = SCAN_PMD_NULL;
        break;
      }
    } else pte = at(pte, 2);
    const lo = yield* ptep_get_lockless(c, pte);
    const hi = c.hi;
    if (pte_none(lo, hi) || pte_present(lo)) continue;
    const vmf = new_vm_fault(vma, address, FAULT_FLAG_ALLOW_RETRY, linear_page_index(c, vma, address));
    vmf.pmd = pmd;
    vmf.orig_pteLo = lo;
    vmf.orig_pteHi = hi;
    vmf.pte = pte;
    vmf.ptl = ptl;
    const ret = yield* do_swap_page(c, vmf); // which unmaps the pte
    pte = NULL;
    if ((ret & VM_FAULT_RETRY) !== 0) {
      result = SCAN_PAGE_LOCK; // the lock was dropped there
    } else if ((ret & VM_FAULT_ERROR) !== 0) {
      yield* mmap_read_unlock(c, mm);
      result = SCAN_FAIL;
    } else swapped_in++;
  }
  if (pte !== NULL) yield* pte_unmap(c);
  // The pages that came in have a reference from the CPU's list of pages to be added to the LRU.
  if (result === SCAN_SUCCEED && swapped_in > 0) yield* lru_add_drain(c);
  const code = since(c, '895f5ee464cc');
  trace_mm_collapse_huge_page_swapin(c, mm, swapped_in, referenced, code ? result : result === SCAN_SUCCEED ? 1 : 0);
  return result;
}
