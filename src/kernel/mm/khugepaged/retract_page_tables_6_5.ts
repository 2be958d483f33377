// SPDX-License-Identifier: GPL-2.0-only
/**
 * retract_page_tables() before 1d65b771bc08: i_mmap_rwsem and mmap_lock for writing keep every walker out, so the table is freed at once.
 * Linux v6.5: mm/khugepaged.c, retract_page_tables(), collapse_and_free_pmd().
 * Left out: the vma lock (nothing here faults under it), MADV_COLLAPSE's target, which gets its huge pmd here; the result code.
 */
import { load, peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { PTE_TABLE } from '../../../../mmu/frames.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mm_dec_nr_ptes, pmd_lock, pmd_page } from '../../include/linux/mm.ts';
import { mm_struct, vm_area_struct } from '../../include/linux/mm_types.ts';
import { down_write_trylock, up_write } from '../../kernel/locking/rwsem.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { i_mmap_lock_write, i_mmap_unlock_write, vma_interval_tree_iter_next } from '../interval_tree/i_mmap.ts';
import { tlb_remove_table_sync_one } from '../mmu_gather/tlb_remove_table_sync_one.ts';
import { pte_free } from '../page_alloc/alloc_pages.ts';
import { pmdp_collapse_flush } from '../pgtable-generic/pmdp_collapse_flush.ts';
import { find_table_of } from './find_pmd.ts';

export function* retract_page_tables_6_5(c: Vcpu, mapping: Ptr, pgoff: number): Code {
  yield* i_mmap_lock_write(c, mapping);
  for (
    let vma = vma_interval_tree_iter_next(c, mapping, NULL, pgoff);
    vma !== NULL;
    vma = vma_interval_tree_iter_next(c, mapping, vma, pgoff)
  ) {
    const pmd = yield* find_table_of(c, vma, pgoff);
    if (pmd === NULL) continue;
    const addr = c.outLo;
    const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
    if (!(yield* down_write_trylock(c, at(mm, mm_struct.mmap_lock)))) continue; // refused: left for later, if ever
    if ((yield* load(c, at(vma, vm_area_struct.anon_vma))) === NULL) yield* collapse_and_free_pmd(c, mm, vma, addr, pmd);
    yield* up_write(c, at(mm, mm_struct.mmap_lock));
  }
  yield* i_mmap_unlock_write(c, mapping);
}

function* collapse_and_free_pmd(c: Vcpu, mm: Ptr, vma: Ptr, addr: number, pmd: Ptr): Code {
  const pml = yield* pmd_lock(c, mm, pmd);
  const lo = yield* pmdp_collapse_flush(c, vma, addr, pmd);
  const hi = c.hi;
  yield* spin_unlock(c, pml);
  yield* tlb_remove_table_sync_one(c);
  yield* mm_dec_nr_ptes(c, mm);
  yield* pte_free(c, pmd_page(c, lo, hi, PTE_TABLE, 'is freed as a page table'));
}
