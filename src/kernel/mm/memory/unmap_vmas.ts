// SPDX-License-Identifier: GPL-2.0-only
/**
 * Mappings are taken away: of munmap() and exit, of MADV_DONTNEED, of truncation.
 * Linux v6.6: mm/memory.c, unmap_vmas(), unmap_single_vma(), unmap_page_range(), zap_pmd_range(), zap_page_range_single().
 * left out: hugetlb, uprobes, device memory.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_none, pmd_trans_huge } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_ORDER, HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { type mmu_gather, tlb_end_vma, tlb_start_vma } from '../../include/asm-generic/tlb.ts';
import { compound_order } from '../../include/linux/mm/page.ts';
import type { zap_details } from '../../include/linux/mm/vm_fault.ts';
import { mm_find_pmd, pmd_lock } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { pgd_addr_end, pmd_addr_end } from '../../include/linux/pgtable/pmd_addr_end.ts';
import { pmdp_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';
import { cond_resched } from '../../kernel/sched/might_sleep.ts';
import { at } from '../../struct.ts';
import { __split_huge_pmd } from '../huge_memory/__split_huge_pmd.ts';
import { zap_huge_pmd } from '../huge_memory/zap_huge_pmd.ts';
import { tlb_finish_mmu, tlb_gather_mmu } from '../mmu_gather/tlb_gather_mmu.ts';
import { mmu_notifier_invalidate_range_end, mmu_notifier_invalidate_range_start } from '../mmu_notifier/mmu_notifier.ts';
import { lru_add_drain } from '../swap/lru_add_drain.ts';
import { zap_pte_range } from './zap_pte_range.ts';

/** From `vma` on, as far as `end_addr`. */
export function* unmap_vmas(c: Vcpu, tlb: mmu_gather, vma: Ptr, start_addr: number, end_addr: number): Code {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  yield* mmu_notifier_invalidate_range_start(c, mm, start_addr, end_addr);
  for (let v = vma; v !== NULL && peek(c, at(v, vm_area_struct.vm_start)) < end_addr; v = peek(c, at(v, vm_area_struct.vm_next)) as Ptr)
    yield* unmap_single_vma(c, tlb, v, start_addr, end_addr, null);
  yield* mmu_notifier_invalidate_range_end(c, mm, start_addr, end_addr);
}

function* unmap_single_vma(c: Vcpu, tlb: mmu_gather, vma: Ptr, from: number, to: number, details: zap_details | null): Code {
  const start = Math.max(peek(c, at(vma, vm_area_struct.vm_start)), from);
  const end = Math.min(peek(c, at(vma, vm_area_struct.vm_end)), to);
  if (start < end) yield* unmap_page_range(c, tlb, vma, start, end, details);
}

export function* unmap_page_range(c: Vcpu, tlb: mmu_gather, vma: Ptr, addr: number, end: number, details: zap_details | null): Code {
  tlb_start_vma(c, tlb, vma);
  for (let from = addr; from < end; ) {
    const pmd = mm_find_pmd(c, tlb.mm, from);
    const next = pmd === NULL ? pgd_addr_end(from, end) : pmd_addr_end(from, end);
    if (pmd !== NULL) yield* zap_pmd_range(c, tlb, vma, pmd, from, next, details);
    from = next;
  }
  tlb_end_vma(c, tlb, vma);
}

/** What one page directory entry maps of the range. */
function* zap_pmd_range(c: Vcpu, tlb: mmu_gather, vma: Ptr, pmd: Ptr, addr: number, end: number, details: zap_details | null): Code {
  for (let from = addr; from < end; ) {
    const lo = yield* pmdp_get_lockless(c, pmd);
    if (pmd_trans_huge(lo)) {
      if (end - from !== HPAGE_PMD_SIZE) yield* __split_huge_pmd(c, vma, pmd, from, false, NULL);
      else if (yield* zap_huge_pmd(c, tlb, vma, pmd, from)) return;
    } else if (pmd_none(lo)) {
      if (details !== null && details.single_folio !== NULL && end - from === HPAGE_PMD_SIZE) yield* wait_for_zap(c, tlb, pmd, details);
      return;
    }
    // mmap_lock may be held for reading only: the entry can have become none or huge meanwhile, and then no table is found.
    from = yield* zap_pte_range(c, tlb, vma, pmd, from, end, details);
    yield* cond_resched(c);
  }
}

/** zap_huge_pmd() of another CPU has cleared the entry, but may not have taken the mapping off the folio's count yet: its lock says when. */
function* wait_for_zap(c: Vcpu, tlb: mmu_gather, pmd: Ptr, details: zap_details): Code {
  if (compound_order(c, details.single_folio) !== HPAGE_PMD_ORDER) return;
  yield* spin_unlock(c, yield* pmd_lock(c, tlb.mm, pmd));
}

/** Within one VMA. mmap_lock is held at least for reading, or i_mmap_rwsem or the anon_vma's lock keeps the VMA. */
export function* zap_page_range_single(c: Vcpu, vma: Ptr, address: number, size: number, details: zap_details | null = null): Code {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  yield* lru_add_drain(c);
  const tlb = yield* tlb_gather_mmu(c, mm);
  yield* mmu_notifier_invalidate_range_start(c, mm, address, address + size);
  yield* unmap_single_vma(c, tlb, vma, address, address + size, details);
  yield* mmu_notifier_invalidate_range_end(c, mm, address, address + size);
  yield* tlb_finish_mmu(c, tlb);
}
