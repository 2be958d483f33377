// SPDX-License-Identifier: GPL-2.0-only
/**
 * retract_page_tables() as 1d65b771bc08 made it: no mmap lock and no vma lock, only pml and ptl. Linux v6.6: mm/khugepaged.c.
 * The caller holds the lock of the huge page's folio.
 * Left out: page_table_check.
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { PTE_TABLE } from '../../../../mmu/frames.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { guard, on } from '../../guard.ts';
import { mm_dec_nr_ptes, pmd_lock, pmd_page, pte_lockptr } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { userfaultfd_wp } from '../../include/linux/userfaultfd_k.ts';
import { spin_lock_nested, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { i_mmap_lock_read, i_mmap_unlock_read, vma_interval_tree_iter_next } from '../interval_tree/i_mmap.ts';
import { mmu_notifier_invalidate_range_end, mmu_notifier_invalidate_range_start } from '../mmu_notifier/mmu_notifier.ts';
import { find_table_of, hpage_collapse_test_exit } from './find_pmd.ts';

export const lockless_sync = guard('lockless-sync', 'pmdp_get_lockless_sync() after the pmd was cleared', 'mm/khugepaged.c');
export const retract_pml = guard('retract-pml', 'the pmd lock around the clear in retract_page_tables()', 'mm/khugepaged.c');
export const retract_ptl = guard('retract-ptl', 'the page-table lock around the clear in retract_page_tables()', 'mm/khugepaged.c');
export const anon_vma_recheck = guard('anon-vma-recheck', 'the second look at vma->anon_vma, under the locks', 'mm/khugepaged.c');

export function* retract_page_tables(c: Vcpu, mapping: Ptr, pgoff: number): Code {
  yield* i_mmap_lock_read(c, mapping);
  for (
    let vma = vma_interval_tree_iter_next(c, mapping, NULL, pgoff);
    vma !== NULL;
    vma = vma_interval_tree_iter_next(c, mapping, vma, pgoff)
  ) {
    const pmd = yield* find_table_of(c, vma, pgoff);
    if (pmd === NULL) continue;
    const addr = c.outLo;
    const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
    if ((yield* hpage_collapse_test_exit(c, mm)) || uffd_wp(c, vma)) continue;
    yield* retract_one(c, vma, mm, addr, pmd);
  }
  yield* i_mmap_unlock_read(c, mapping);
}

/** The table may hold markers. Constant 0 on 32-bit x86, so that the flags are looked at only where a configuration has it. */
const uffd_wp = (c: Vcpu, vma: Ptr): boolean => kernelOf(c).config.uffdWp === true && userfaultfd_wp(c, vma);

/** The rest of the loop's body. v6.6 does not look at the pmd again here. */
function* retract_one(c: Vcpu, vma: Ptr, mm: Ptr, addr: number, pmd: Ptr): Code {
  const { fns, config } = kernelOf(c);
  yield* mmu_notifier_invalidate_range_start(c, mm, addr, addr + HPAGE_PMD_SIZE); // its ptes were told of when they were unmapped
  const sync = on(c, lockless_sync) ? config.sync : 'absent';
  const pml = on(c, retract_pml) ? yield* pmd_lock(c, mm, pmd) : NULL;
  const ptl = on(c, retract_ptl) ? pte_lockptr(c, mm, peek(c, pmd), peek(c, at(pmd, 1)), PTE_TABLE) : NULL;
  const both = ptl !== NULL && ptl !== pml;
  if (both) yield* spin_lock_nested(c, ptl, 1);
  const skipped = on(c, anon_vma_recheck) && ((yield* load(c, at(vma, vm_area_struct.anon_vma))) !== NULL || uffd_wp(c, vma));
  let lo = 0;
  let hi = 0;
  if (!skipped) {
    lo = yield* fns.pmdp_collapse_flush(c, vma, addr, pmd);
    hi = c.hi;
    if (sync === 'under-lock') yield* fns.pmdp_get_lockless_sync(c);
  }
  if (both) yield* spin_unlock(c, ptl);
  if (pml !== NULL) yield* spin_unlock(c, pml);
  if (!skipped && sync === 'after-unlock') yield* fns.pmdp_get_lockless_sync(c);
  yield* mmu_notifier_invalidate_range_end(c, mm, addr, addr + HPAGE_PMD_SIZE);
  if (skipped) return;
  yield* mm_dec_nr_ptes(c, mm);
  yield* fns.pte_free_defer(c, pmd_page(c, lo, hi, PTE_TABLE, 'is freed as a page table'));
}
