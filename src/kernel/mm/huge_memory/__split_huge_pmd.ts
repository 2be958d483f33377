// SPDX-License-Identifier: GPL-2.0-only
/**
 * A huge mapping becomes 512 small ones, or, of a file, none: faults find its pages again. Linux v6.6: mm/huge_memory.c, __split_huge_pmd(),
 * split_huge_pmd_address(), vma_adjust_trans_huge(), split_huge_pmd_if_needed(); include/linux/huge_mm.h, split_huge_pmd().
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_pfn, pmd_trans_huge } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_MASK, HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { pfn_to_page } from '../../include/linux/mm/page.ts';
import { mm_find_pmd, pmd_lock } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { range_in_vma } from '../mmap/find_vma.ts';
import { mmu_notifier_invalidate_range_end, mmu_notifier_invalidate_range_start } from '../mmu_notifier/mmu_notifier.ts';
import { __split_huge_pmd_locked } from './__split_huge_pmd_locked.ts';

/** @param folio only if the mapping is of this one, or NULL */
export function* __split_huge_pmd(c: Vcpu, vma: Ptr, pmd: Ptr, address: number, freeze: boolean, folio: Ptr): Code {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const haddr = (address & HPAGE_PMD_MASK) >>> 0;
  yield* mmu_notifier_invalidate_range_start(c, mm, haddr, haddr + HPAGE_PMD_SIZE);
  const ptl = yield* pmd_lock(c, mm, pmd);
  const lo = peek(c, pmd);
  if (pmd_trans_huge(lo) && (folio === NULL || folio === pfn_to_page(c, pmd_pfn(lo, peek(c, at(pmd, 1))))))
    yield* __split_huge_pmd_locked(c, vma, pmd, haddr, freeze);
  yield* spin_unlock(c, ptl);
  yield* mmu_notifier_invalidate_range_end(c, mm, haddr, haddr + HPAGE_PMD_SIZE);
}

export function* split_huge_pmd(c: Vcpu, vma: Ptr, pmd: Ptr, address: number): Code {
  if (pmd_trans_huge(yield* load(c, pmd))) yield* __split_huge_pmd(c, vma, pmd, address, false, NULL);
}

export function* split_huge_pmd_address(c: Vcpu, vma: Ptr, address: number, freeze: boolean, folio: Ptr): Code {
  const pmd = mm_find_pmd(c, peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr, address);
  if (pmd !== NULL) yield* __split_huge_pmd(c, vma, pmd, address, freeze, folio);
}

/** A VMA is about to end inside a huge page. */
function* split_huge_pmd_if_needed(c: Vcpu, vma: Ptr, address: number): Code {
  const aligned = (address & HPAGE_PMD_MASK) >>> 0;
  if (aligned !== address && range_in_vma(c, vma, aligned, aligned + HPAGE_PMD_SIZE))
    yield* split_huge_pmd_address(c, vma, address, false, NULL);
}

/** @param adjust_next by how many bytes the start of the next VMA moves up */
export function* vma_adjust_trans_huge(c: Vcpu, vma: Ptr, start: number, end: number, adjust_next: number): Code {
  yield* split_huge_pmd_if_needed(c, vma, start);
  yield* split_huge_pmd_if_needed(c, vma, end);
  if (adjust_next <= 0) return;
  const next = peek(c, at(vma, vm_area_struct.vm_next)) as Ptr;
  yield* split_huge_pmd_if_needed(c, next, peek(c, at(next, vm_area_struct.vm_start)) + adjust_next);
}
