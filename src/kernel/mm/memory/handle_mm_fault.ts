// SPDX-License-Identifier: GPL-2.0-only
/**
 * A page fault, once the VMA is known: from the top of the page tables to who can resolve it.
 * Linux v6.6: mm/memory.c, handle_mm_fault(), __handle_mm_fault(), handle_pte_fault(), create_huge_pmd(), wp_huge_pmd(), mm_account_fault().
 *
 * The caller holds mmap_lock for reading: vma locks do not serve faults on 32-bit x86, which does not select ARCH_SUPPORTS_PER_VMA_LOCK.
 * left out: hugetlb, huge puds and DAX (x86-64 only), NUMA hinting, the memory cgroup's out-of-memory state, multi-gen LRU's notes.
 */
import { load, peek } from '../../../../cpu/ops.ts';
import { tally } from '../../../../cpu/tally.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { ptep_set_access_flags } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import {
  pmd_none,
  pmd_trans_huge,
  pmd_write,
  pte_mkdirty,
  pte_mkyoung,
  pte_none,
  pte_present,
  pte_same,
  pte_write,
} from '../../arch/x86/include/asm/pgtable.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import {
  FAULT_FLAG_ORIG_PTE_VALID,
  FAULT_FLAG_TRIED,
  FAULT_FLAG_UNSHARE,
  FAULT_FLAG_WRITE,
  new_vm_fault,
  VM_FAULT_ERROR,
  VM_FAULT_FALLBACK,
  VM_FAULT_MAJOR,
  VM_FAULT_OOM,
  VM_FAULT_RETRY,
  type vm_fault,
} from '../../include/linux/mm/vm_fault.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { linear_page_index } from '../../include/linux/pagemap.ts';
import { pmdp_get_lockless, ptep_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { get_current, task_struct } from '../../include/linux/sched.ts';
import { count_vm_event } from '../../include/linux/vmstat.ts';
import { PGFAULT } from '../../include/linux/vmstat-items.ts';
import { spin_lock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { __split_huge_pmd } from '../huge_memory/__split_huge_pmd.ts';
import { do_huge_pmd_anonymous_page } from '../huge_memory/do_huge_pmd_anonymous_page.ts';
import { do_huge_pmd_wp_page, huge_pmd_set_accessed } from '../huge_memory/do_huge_pmd_wp_page.ts';
import { hugepage_vma_check } from '../huge_memory/hugepage_vma_check.ts';
import { vma_is_anonymous } from '../mmap/find_vma.ts';
import { pte_offset_map_nolock, pte_unmap, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { do_anonymous_page } from './do_anonymous_page.ts';
import { do_fault } from './do_fault.ts';
import { do_swap_page } from './do_swap_page.ts';
import { do_wp_page } from './do_wp_page.ts';
import { pmd_alloc } from './pte_alloc.ts';

export function* handle_mm_fault(c: Vcpu, vma: Ptr, address: number, flags: number): Code<number> {
  const ret = yield* __handle_mm_fault(c, vma, address, flags);
  mm_account_fault(c, flags, ret);
  return ret;
}

/** The task's statistics: a fault that is to be taken again has not been served yet. */
function mm_account_fault(c: Vcpu, flags: number, ret: number): void {
  if ((ret & VM_FAULT_RETRY) !== 0) return;
  count_vm_event(c, PGFAULT);
  if ((ret & VM_FAULT_ERROR) !== 0) return;
  const current = get_current(c);
  if (current === NULL) return;
  const major = (ret & VM_FAULT_MAJOR) !== 0 || (flags & FAULT_FLAG_TRIED) !== 0;
  tally(c, at(current, major ? task_struct.maj_flt : task_struct.min_flt), 1);
}

function* __handle_mm_fault(c: Vcpu, vma: Ptr, address: number, flags: number): Code<number> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const vmf = new_vm_fault(vma, address, flags, linear_page_index(c, vma, address));
  vmf.pmd = yield* pmd_alloc(c, mm, address);
  if (vmf.pmd === NULL) return VM_FAULT_OOM;
  const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
  if (pmd_none(yield* load(c, vmf.pmd)) && (yield* hugepage_vma_check(c, vma, vm_flags, false, true, true))) {
    const ret = yield* create_huge_pmd(c, vmf);
    if ((ret & VM_FAULT_FALLBACK) === 0) return ret;
  } else {
    vmf.orig_pmdLo = yield* pmdp_get_lockless(c, vmf.pmd);
    vmf.orig_pmdHi = c.hi;
    if (pmd_trans_huge(vmf.orig_pmdLo)) {
      if ((flags & (FAULT_FLAG_WRITE | FAULT_FLAG_UNSHARE)) === 0 || pmd_write(vmf.orig_pmdLo)) {
        yield* huge_pmd_set_accessed(c, vmf);
        return 0;
      }
      const ret = yield* wp_huge_pmd(c, vmf);
      if ((ret & VM_FAULT_FALLBACK) === 0) return ret;
    }
  }
  return yield* handle_pte_fault(c, vmf);
}

/** No filesystem here maps huge pages at a fault of its own: ->huge_fault is DAX's. */
function* create_huge_pmd(c: Vcpu, vmf: vm_fault): Code<number> {
  if (vma_is_anonymous(c, vmf.vma)) return yield* do_huge_pmd_anonymous_page(c, vmf);
  return VM_FAULT_FALLBACK;
}

function* wp_huge_pmd(c: Vcpu, vmf: vm_fault): Code<number> {
  if (vma_is_anonymous(c, vmf.vma)) return yield* do_huge_pmd_wp_page(c, vmf);
  // Copying, or telling the filesystem, is done page by page.
  yield* __split_huge_pmd(c, vmf.vma, vmf.pmd, vmf.address, false, NULL);
  return VM_FAULT_FALLBACK;
}

function* handle_pte_fault(c: Vcpu, vmf: vm_fault): Code<number> {
  const mm = peek(c, at(vmf.vma, vm_area_struct.vm_mm)) as Ptr;
  if (pmd_none(yield* load(c, vmf.pmd))) {
    // No table yet, and none is made before it is needed: one that others can see is hard to take away.
    vmf.pte = NULL;
    vmf.flags &= ~FAULT_FLAG_ORIG_PTE_VALID;
  } else {
    vmf.pte = yield* pte_offset_map_nolock(c, mm, vmf.pmd, vmf.address);
    if (vmf.pte === NULL) return 0; // the table has just gone, or a huge page has come: the fault is taken again
    vmf.ptl = c.out as Ptr;
    vmf.orig_pteLo = yield* ptep_get_lockless(c, vmf.pte);
    vmf.orig_pteHi = c.hi;
    vmf.flags |= FAULT_FLAG_ORIG_PTE_VALID;
    if (pte_none(vmf.orig_pteLo, vmf.orig_pteHi)) {
      yield* pte_unmap(c);
      vmf.pte = NULL;
    }
  }
  if (vmf.pte === NULL) return vma_is_anonymous(c, vmf.vma) ? yield* do_anonymous_page(c, vmf) : yield* do_fault(c, vmf);
  if (!pte_present(vmf.orig_pteLo)) return yield* do_swap_page(c, vmf);
  yield* spin_lock(c, vmf.ptl);
  const lo = yield* ptep_get(c, vmf.pte);
  if (!pte_same(lo, c.hi, vmf.orig_pteLo, vmf.orig_pteHi)) {
    yield* pte_unmap_unlock(c, vmf.ptl);
    return 0;
  }
  if ((vmf.flags & (FAULT_FLAG_WRITE | FAULT_FLAG_UNSHARE)) !== 0 && !pte_write(lo)) return yield* do_wp_page(c, vmf);
  const write = (vmf.flags & FAULT_FLAG_WRITE) !== 0;
  const entry = pte_mkyoung(write ? pte_mkdirty(lo) : lo);
  yield* ptep_set_access_flags(c, vmf.vma, vmf.address, vmf.pte, entry, vmf.orig_pteHi, write);
  yield* pte_unmap_unlock(c, vmf.ptl);
  return 0;
}
