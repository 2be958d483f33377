// SPDX-License-Identifier: GPL-2.0-only
/**
 * collapse_pte_mapped_thp() under mmap_lock for writing. Linux v6.5: mm/khugepaged.c, collapse_pte_mapped_thp(). v6.1 is the same: there the entries
 * are left as they are in the table that is freed, which nobody can tell.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_NR, HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { file_mapping } from '../../include/linux/fs.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { anon_vma_lock_write, anon_vma_unlock_write } from '../../include/linux/rmap/anon_vma_lock.ts';
import { at } from '../../struct.ts';
import { folio_unlock } from '../filemap/folio_lock.ts';
import { i_mmap_lock_write, i_mmap_unlock_write } from '../interval_tree/i_mmap.ts';
import { vma_lookup } from '../mmap/find_vma.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { put_page } from '../swap/put_page.ts';
import { collapse_and_free_pmd } from './collapse_and_free_pmd.ts';
import { find_pmd_or_thp_or_none } from './find_pmd.ts';
import { check_pte, forget_ptes, lock_huge_page_of, unmap_pte } from './pte_of_huge_page.ts';
import { SCAN_FAIL, SCAN_PMD_NONE, SCAN_SUCCEED } from './scan_result.ts';
import { set_huge_pmd } from './set_huge_pmd.ts';

/** mmap_lock is held for writing. @returns a result code */
export function* collapse_pte_mapped_thp_6_5(c: Vcpu, mm: Ptr, addr: number, install_pmd: boolean): Code<number> {
  const haddr = addr - (addr % HPAGE_PMD_SIZE);
  const vma = vma_lookup(c, mm, haddr);
  const locked = yield* lock_huge_page_of(c, mm, vma, haddr);
  if (locked !== SCAN_SUCCEED) return locked;
  const hpage = c.out as Ptr;
  let result = yield* find_pmd_or_thp_or_none(c, mm, haddr);
  const pmd = c.out as Ptr;
  if (result === SCAN_SUCCEED) result = yield* remove_table(c, mm, vma, haddr, pmd, hpage);
  else if (result === SCAN_PMD_NONE) result = SCAN_SUCCEED; // khugepaged has been here
  if (result === SCAN_SUCCEED && install_pmd) result = yield* set_huge_pmd(c, vma, haddr, pmd, hpage);
  yield* folio_unlock(c, hpage);
  yield* put_page(c, hpage);
  return result;
}

/** Only gup_fast and the hardware can walk here: every other way is locked for writing. */
function* remove_table(c: Vcpu, mm: Ptr, vma: Ptr, haddr: number, pmd: Ptr, hpage: Ptr): Code<number> {
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
