// SPDX-License-Identifier: GPL-2.0-only
/**
 * A huge page of the page cache is mapped by one entry. Linux v6.6: mm/memory.c, do_set_pmd().
 * x86 deposits no page table for it: a huge mapping of a file is not split into ptes but dropped.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { set_pmd_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pmd_mkdirty, pmd_none } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_MASK, HPAGE_PMD_NR, HPAGE_PMD_ORDER } from '../../arch/x86/include/asm/pgtable_types.ts';
import { add_mm_counter, mm_counter_file } from '../../include/linux/mm/mm_counter.ts';
import { compound_head, compound_order } from '../../include/linux/mm/page.ts';
import { FAULT_FLAG_WRITE, VM_FAULT_FALLBACK, type vm_fault } from '../../include/linux/mm/vm_fault.ts';
import { pmd_lock } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { PageHasHWPoisoned } from '../../include/linux/page-flags.ts';
import { count_vm_event } from '../../include/linux/vmstat.ts';
import { THP_FILE_MAPPED } from '../../include/linux/vmstat-items.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { maybe_pmd_mkwrite, mk_huge_pmd } from '../huge_memory/do_huge_pmd_anonymous_page.ts';
import { transhuge_vma_suitable } from '../huge_memory/hugepage_vma_check.ts';
import { page_add_file_rmap } from '../rmap/page_add_file_rmap.ts';

/** @returns 0, or VM_FAULT_FALLBACK: the page has to be mapped by a pte, or something is mapped already */
export function* do_set_pmd(c: Vcpu, vmf: vm_fault, page: Ptr): Code<number> {
  const { vma } = vmf;
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const haddr = (vmf.address & HPAGE_PMD_MASK) >>> 0;
  if (!transhuge_vma_suitable(c, vma, haddr)) return VM_FAULT_FALLBACK;
  const head = yield* compound_head(c, page);
  if (compound_order(c, head) !== HPAGE_PMD_ORDER) return VM_FAULT_FALLBACK;
  if (yield* PageHasHWPoisoned(c, head)) return VM_FAULT_FALLBACK;
  vmf.ptl = yield* pmd_lock(c, mm, vmf.pmd);
  if (!pmd_none(peek(c, vmf.pmd))) {
    yield* spin_unlock(c, vmf.ptl);
    return VM_FAULT_FALLBACK;
  }
  let entry = mk_huge_pmd(c, head, peek(c, at(vma, vm_area_struct.vm_page_prot)), peek(c, at(vma, vm_area_struct.vm_page_prot + 1)));
  const hi = c.hi;
  if ((vmf.flags & FAULT_FLAG_WRITE) !== 0) entry = maybe_pmd_mkwrite(c, pmd_mkdirty(entry), vma);
  add_mm_counter(c, mm, yield* mm_counter_file(c, head), HPAGE_PMD_NR);
  yield* page_add_file_rmap(c, head, vma, true);
  yield* set_pmd_at(c, mm, haddr, vmf.pmd, entry, hi);
  yield* spin_unlock(c, vmf.ptl);
  count_vm_event(c, THP_FILE_MAPPED);
  return 0;
}
