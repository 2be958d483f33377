// SPDX-License-Identifier: GPL-2.0-only
import {
  at,
  type Code,
  find_pmd_or_thp_or_none,
  i_mmap_lock_read,
  i_mmap_unlock_read,
  kernelOf,
  mm_dec_nr_ptes,
  NULL,
  PTE_TABLE,
  type Ptr,
  peek,
  pmd_lock,
  pmd_page,
  retractScenario,
  SCAN_SUCCEED,
  scenario,
  spin_unlock,
  type Vcpu,
  vm_area_struct,
  vma_address,
  vma_interval_tree_iter_next,
  type World,
} from 'paelab';

/** As in Linux, but the sync comes before the pmd is cleared, and only the pmd lock is taken. */
function* retract_page_tables(c: Vcpu, mapping: Ptr, pgoff: number): Code {
  const { fns } = kernelOf(c);
  yield* i_mmap_lock_read(c, mapping);
  const vma = vma_interval_tree_iter_next(c, mapping, NULL, pgoff);
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const addr = vma_address(c, vma, pgoff);
  if ((yield* find_pmd_or_thp_or_none(c, mm, addr)) === SCAN_SUCCEED) {
    const pmd = c.out as Ptr;
    const pml = yield* pmd_lock(c, mm, pmd);
    yield* fns.pmdp_get_lockless_sync(c);
    const lo = yield* fns.pmdp_collapse_flush(c, vma, addr, pmd);
    const hi = c.hi;
    yield* spin_unlock(c, pml);
    yield* mm_dec_nr_ptes(c, mm);
    yield* fns.pte_free_defer(c, pmd_page(c, lo, hi, PTE_TABLE, 'is freed as a page table'));
  }
  yield* i_mmap_unlock_read(c, mapping);
}

const { expected: _, ...asInLinux } = retractScenario;

export const early = scenario<World>({
  ...asInLinux,
  name: 'retract-early',
  about: 'retract_page_tables() with its sync too early',
  replace: { retract_page_tables },
});
