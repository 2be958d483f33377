// SPDX-License-Identifier: GPL-2.0-only
/**
 * fork(): a child gets the mappings of a VMA that faults could not find again. Linux v6.6: mm/memory.c, copy_page_range(), vma_needs_copy(),
 * copy_pmd_range(). Both mmap locks are held for writing.
 * left out: hugetlb, device memory.
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_none, pmd_trans_huge } from '../../arch/x86/include/asm/pgtable.ts';
import { is_cow_mapping } from '../../include/linux/mm/alloc_page_vma.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { pgd_addr_end, pmd_addr_end } from '../../include/linux/pgtable/pmd_addr_end.ts';
import { userfaultfd_wp } from '../../include/linux/userfaultfd_k.ts';
import { ENOMEM } from '../../include/uapi/asm-generic/errno.ts';
import { at } from '../../struct.ts';
import { copy_huge_pmd } from '../huge_memory/copy_huge_pmd.ts';
import { mmu_notifier_invalidate_range_end, mmu_notifier_invalidate_range_start } from '../mmu_notifier/mmu_notifier.ts';
import { copy_pte_range } from './copy_pte_range.ts';
import { pmd_alloc } from './pte_alloc.ts';

/** Without an anon_vma all pages come from the file: the child faults them in. */
function vma_needs_copy(c: Vcpu, dst_vma: Ptr, src_vma: Ptr): boolean {
  return userfaultfd_wp(c, dst_vma) || peek(c, at(src_vma, vm_area_struct.anon_vma)) !== NULL;
}

/** @returns 0 or -ENOMEM */
export function* copy_page_range(c: Vcpu, dst_vma: Ptr, src_vma: Ptr): Code<number> {
  if (!vma_needs_copy(c, dst_vma, src_vma)) return 0;
  const src_mm = peek(c, at(src_vma, vm_area_struct.vm_mm)) as Ptr;
  const start = peek(c, at(src_vma, vm_area_struct.vm_start));
  const end = peek(c, at(src_vma, vm_area_struct.vm_end));
  const is_cow = is_cow_mapping(peek(c, at(src_vma, vm_area_struct.vm_flags)));
  if (is_cow) yield* mmu_notifier_invalidate_range_start(c, src_mm, start, end);
  let ret = 0;
  for (let addr = start; addr < end && ret === 0; ) {
    const next = pgd_addr_end(addr, end);
    if (mm_find_pmd(c, src_mm, addr) !== NULL) ret = yield* copy_pmd_range(c, dst_vma, src_vma, addr, next);
    addr = next;
  }
  if (is_cow) yield* mmu_notifier_invalidate_range_end(c, src_mm, start, end);
  return ret;
}

function* copy_pmd_range(c: Vcpu, dst_vma: Ptr, src_vma: Ptr, start: number, end: number): Code<number> {
  const dst_mm = peek(c, at(dst_vma, vm_area_struct.vm_mm)) as Ptr;
  const src_mm = peek(c, at(src_vma, vm_area_struct.vm_mm)) as Ptr;
  if ((yield* pmd_alloc(c, dst_mm, start)) === NULL) return -ENOMEM;
  for (let addr = start, next = start; addr < end; addr = next) {
    next = pmd_addr_end(addr, end);
    const dst_pmd = mm_find_pmd(c, dst_mm, addr);
    const src_pmd = mm_find_pmd(c, src_mm, addr);
    const lo = yield* load(c, src_pmd);
    if (pmd_trans_huge(lo)) {
      const err = yield* copy_huge_pmd(c, dst_mm, src_mm, dst_pmd, src_pmd, addr, dst_vma, src_vma);
      if (err === -ENOMEM) return err;
      if (err === 0) continue;
    }
    if (pmd_none(yield* load(c, src_pmd))) continue;
    if ((yield* copy_pte_range(c, dst_vma, src_vma, dst_pmd, src_pmd, addr, next)) !== 0) return -ENOMEM;
  }
  return 0;
}
