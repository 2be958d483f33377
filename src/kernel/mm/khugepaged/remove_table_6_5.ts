// SPDX-License-Identifier: GPL-2.0-only
/**
 * How collapse_pte_mapped_thp() takes the table away under mmap_lock for writing. Linux v6.5: mm/khugepaged.c, collapse_pte_mapped_thp(). v6.1 is
 * the same: there the entries are left as they are in the table that is freed, which nobody can tell.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_NR } from '../../arch/x86/include/asm/pgtable_types.ts';
import { file_mapping } from '../../include/linux/fs.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { anon_vma_lock_write, anon_vma_unlock_write } from '../../include/linux/rmap/anon_vma_lock.ts';
import { at } from '../../struct.ts';
import { i_mmap_lock_write, i_mmap_unlock_write } from '../interval_tree/i_mmap.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { collapse_and_free_pmd } from './collapse_and_free_pmd.ts';
import { check_pte, forget_ptes, unmap_pte } from './pte_of_huge_page.ts';
import { SCAN_FAIL, SCAN_SUCCEED } from './scan_result.ts';

/** mmap_lock is held for writing: only gup_fast and the hardware can walk here. @returns a result code */
export function* remove_table_6_5(c: Vcpu, mm: Ptr, vma: Ptr, haddr: number, pmd: Ptr, hpage: Ptr): Code<number> {
  const mapping = file_mapping(c, peek(c, at(vma, vm_area_struct.vm_file)) as Ptr);
  yield* vma_start_write(c, vma);
  yield* i_mmap_lock_write(c, mapping);
  const result = yield* empty_table(c, mm, vma, haddr, pmd, hpage);
  if (result === SCAN_SUCCEED) {
    const anon_vma = peek(c, at(vma, vm_area_struct.anon_vma)) as Ptr;
    if (anon_vma !== NULL) yield* anon_vma_lock_write(c, anon_vma); // nothing of it changes; but its pages may be looked for
    yield* collapse_and_free_pmd(c, mm, vma, haddr, pmd);
    if (anon_vma !== NULL) yield* anon_vma_unlock_write(c, anon_vma);
  }
  yield* i_mmap_unlock_write(c, mapping);
  return result;
}

function* empty_table(c: Vcpu, mm: Ptr, vma: Ptr, haddr: number, pmd: Ptr, hpage: Ptr): Code<number> {
  const pte = yield* pte_offset_map_lock(c, mm, pmd, haddr);
  if (pte === NULL) return SCAN_FAIL;
  const ptl = c.out as Ptr;
  let result = SCAN_SUCCEED;
  for (let i = 0; i < HPAGE_PMD_NR && result === SCAN_SUCCEED; i++) {
    result = yield* check_pte(c, vma, haddr, at(pte, 2 * i), hpage, i);
  }
  let count = 0;
  for (let i = 0; i < HPAGE_PMD_NR && result === SCAN_SUCCEED; i++) {
    if (yield* unmap_pte(c, mm, vma, haddr, at(pte, 2 * i), i)) count++;
  }
  yield* pte_unmap_unlock(c, ptl);
  if (count > 0) yield* forget_ptes(c, mm, hpage, count);
  return result;
}
