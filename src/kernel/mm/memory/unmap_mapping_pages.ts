// SPDX-License-Identifier: GPL-2.0-only
/**
 * The walk of truncate and hole punch through every process that maps a file: under i_mmap_rwsem for reading, on any CPU, with no mmap lock.
 * Linux v6.6: mm/memory.c, unmap_mapping_pages(), zap_pmd_range(), zap_pte_range().
 * Left out: huge mappings are skipped (zap_huge_pmd), mmu_gather batches, rmap; anonymous pages stay (details->even_cows is false).
 */
import { cmpxchg8b, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { FILE, frameKind } from '../../../../mmu/frames.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pte_pfn, pte_present } from '../../arch/x86/include/asm/pgtable.ts';
import { PAGE_SHIFT } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { flush_tlb_mm_range } from '../../arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { at } from '../../struct.ts';
import { i_mmap_lock_read, i_mmap_unlock_read, vma_address, vma_interval_tree_iter_next } from '../interval_tree/i_mmap.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';

/** Unmaps the page at `pgoff` everywhere. */
export function* unmap_mapping_pages(c: Vcpu, mapping: Ptr, pgoff: number): Code {
  yield* i_mmap_lock_read(c, mapping);
  for (
    let vma = vma_interval_tree_iter_next(c, mapping, NULL, pgoff);
    vma !== NULL;
    vma = vma_interval_tree_iter_next(c, mapping, vma, pgoff)
  ) {
    const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
    const address = vma_address(c, vma, pgoff);
    const pmd = mm_find_pmd(c, mm, address);
    if (pmd !== NULL) yield* zap_pte_range(c, mm, pmd, address);
  }
  yield* i_mmap_unlock_read(c, mapping);
}

/** One page. No table: the caller would look at the pmd again; here that is the next call. */
export function* zap_pte_range(c: Vcpu, mm: Ptr, pmd: Ptr, address: number): Code {
  const pte = yield* pte_offset_map_lock(c, mm, pmd, address);
  if (pte === NULL) return;
  const ptl = c.out as Ptr;
  const lo = yield* ptep_get(c, pte);
  const hi = c.hi;
  if (pte_present(lo) && frameKind(c.m.mem, pte_pfn(lo, hi)) === FILE) {
    yield* cmpxchg8b(c, pte, lo, hi, 0, 0); // ptep_get_and_clear_full()
    yield* flush_tlb_mm_range(c, mm, address, address + 4096, PAGE_SHIFT, false); // a dirty file page: before ptl is dropped
  }
  yield* pte_unmap_unlock(c, ptl);
}
