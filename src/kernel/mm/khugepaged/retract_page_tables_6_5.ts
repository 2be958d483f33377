// SPDX-License-Identifier: GPL-2.0-only
/**
 * retract_page_tables() before 1d65b771bc08: i_mmap_rwsem and mmap_lock for writing keep every walker out, so the table is freed at once.
 * Linux v6.5: mm/khugepaged.c, retract_page_tables(). v6.1 is the same.
 * left out: the vma lock, which 32-bit x86 does not have.
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { userfaultfd_wp } from '../../include/linux/userfaultfd_k.ts';
import { down_write_trylock, up_write } from '../../kernel/locking/rwsem.ts';
import { at } from '../../struct.ts';
import { i_mmap_lock_write, i_mmap_unlock_write, vma_address, vma_interval_tree_iter_next } from '../interval_tree/i_mmap.ts';
import { collapse_and_free_pmd } from './collapse_and_free_pmd.ts';
import { type collapse_control, khugepaged_collapse_control } from './collapse_control.ts';
import { find_pmd_or_thp_or_none, hpage_collapse_test_exit } from './find_pmd.ts';
import { khugepaged_add_pte_mapped_thp } from './pte_mapped_thp.ts';
import { SCAN_ANY_PROCESS, SCAN_FAIL, SCAN_PAGE_ANON, SCAN_PTE_MAPPED_HUGEPAGE, SCAN_PTE_UFFD_WP, SCAN_SUCCEED } from './scan_result.ts';
import { set_huge_pmd } from './set_huge_pmd.ts';

/** For whom the file is collapsed, and with what. */
interface Target {
  readonly mm: Ptr;
  readonly addr: number;
  readonly hpage: Ptr;
  readonly cc: collapse_control;
}

/** @returns the result code of the target's table; SCAN_FAIL if it has none */
export function* retract_page_tables_6_5(
  c: Vcpu,
  mapping: Ptr,
  pgoff: number,
  target_mm: Ptr = NULL,
  target_addr = 0,
  hpage: Ptr = NULL,
  cc: collapse_control = khugepaged_collapse_control,
): Code<number> {
  const target = { mm: target_mm, addr: target_addr, hpage, cc };
  let target_result = SCAN_FAIL;
  yield* i_mmap_lock_write(c, mapping);
  for (
    let vma = vma_interval_tree_iter_next(c, mapping, NULL, pgoff);
    vma !== NULL;
    vma = vma_interval_tree_iter_next(c, mapping, vma, pgoff)
  ) {
    const addr = vma_address(c, vma, pgoff);
    const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
    if (!(yield* may_retract(c, vma, addr))) continue;
    const is_target = mm === target_mm && addr === target_addr;
    const result = yield* retract_vma(c, vma, mm, addr, target, is_target);
    if (is_target) target_result = result;
  }
  yield* i_mmap_unlock_write(c, mapping);
  return target_result;
}

/** No anonymous pages, whole and aligned? Where not, the target is not told why. */
function* may_retract(c: Vcpu, vma: Ptr, addr: number): Code<boolean> {
  // READ_ONCE: anon_vma_prepare() may set it meanwhile; with a page lock on the huge page, no pte of it can come of that.
  if ((yield* load(c, at(vma, vm_area_struct.anon_vma))) !== NULL) return false;
  return addr % HPAGE_PMD_SIZE === 0 && peek(c, at(vma, vm_area_struct.vm_end)) >= addr + HPAGE_PMD_SIZE;
}

/** @returns a result code */
function* retract_vma(c: Vcpu, vma: Ptr, mm: Ptr, addr: number, target: Target, is_target: boolean): Code<number> {
  const found = yield* find_pmd_or_thp_or_none(c, mm, addr);
  if (found !== SCAN_SUCCEED) return found;
  const pmd = c.out as Ptr;
  // A fault takes mmap_lock before the page lock that is held here: no waiting. MADV_COLLAPSE leaves others' tables to khugepaged.
  const wanted = target.cc.is_khugepaged || is_target;
  if (!wanted || !(yield* down_write_trylock(c, at(mm, mm_struct.mmap_lock)))) {
    if (!is_target) yield* khugepaged_add_pte_mapped_thp(c, mm, addr);
    return SCAN_PTE_MAPPED_HUGEPAGE;
  }
  const result = yield* retract_locked(c, vma, mm, addr, pmd, target, is_target);
  yield* up_write(c, at(mm, mm_struct.mmap_lock));
  return result;
}

function* retract_locked(c: Vcpu, vma: Ptr, mm: Ptr, addr: number, pmd: Ptr, target: Target, is_target: boolean): Code<number> {
  if ((yield* load(c, at(vma, vm_area_struct.anon_vma))) !== NULL) return SCAN_PAGE_ANON;
  if (yield* hpage_collapse_test_exit(c, mm)) return SCAN_ANY_PROCESS;
  if (userfaultfd_wp(c, vma)) return SCAN_PTE_UFFD_WP; // the table may hold markers
  yield* collapse_and_free_pmd(c, mm, vma, addr, pmd);
  return is_target && !target.cc.is_khugepaged ? yield* set_huge_pmd(c, vma, addr, pmd, target.hpage) : SCAN_SUCCEED;
}
