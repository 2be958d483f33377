// SPDX-License-Identifier: GPL-2.0-only
/**
 * The pages that a VMA maps already, when it is locked or unlocked. Linux v6.6: mm/mlock.c, mlock_vma_pages_range(), mlock_pte_range().
 */
import { peek, poke } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_huge_page } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { pmd_val } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pmd_none, pte_present } from '../../arch/x86/include/asm/pgtable.ts';
import { PAGE_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { VM_IO, VM_LOCKED } from '../../include/linux/mm/vm_flags.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { PageTransCompound } from '../../include/linux/page-flags.ts';
import { pmd_addr_end } from '../../include/linux/pgtable/pmd_addr_end.ts';
import { pmdp_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { spin_unlock } from '../../kernel/locking/spinlock.ts';
import { cond_resched } from '../../kernel/sched/might_sleep.ts';
import { at } from '../../struct.ts';
import { is_huge_zero_pmd } from '../huge_memory/huge_zero_page.ts';
import { pmd_trans_huge_lock } from '../huge_memory/pmd_trans_huge_lock.ts';
import { vm_normal_page } from '../memory/vm_normal_page.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { lru_add_drain } from '../swap/lru_add_drain.ts';
import { mlock_folio, munlock_folio } from './mlock_folio.ts';

/** VM_IO, which no locked VMA has, tells mlock_vma_folio() meanwhile not to count a page twice. */
export function* mlock_vma_pages_range(c: Vcpu, vma: Ptr, start: number, end: number, newflags: number): Code {
  const lock = (newflags & VM_LOCKED) !== 0;
  yield* vma_start_write(c, vma);
  poke(c, at(vma, vm_area_struct.vm_flags), (lock ? newflags | VM_IO : newflags) >>> 0);
  yield* lru_add_drain(c);
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  for (let addr = start; addr < end; addr = pmd_addr_end(addr, end)) {
    const pmd = mm_find_pmd(c, mm, addr);
    if (pmd !== NULL && !pmd_none(yield* pmdp_get_lockless(c, pmd)))
      yield* mlock_pte_range(c, vma, mm, pmd, addr, pmd_addr_end(addr, end), lock);
  }
  yield* lru_add_drain(c);
  poke(c, at(vma, vm_area_struct.vm_flags), newflags);
}

function* mlock_pte_range(c: Vcpu, vma: Ptr, mm: Ptr, pmd: Ptr, start: number, end: number, lock: boolean): Code {
  const pml = yield* pmd_trans_huge_lock(c, pmd, vma);
  if (pml !== NULL) {
    const lo = pmd_val(c, pmd);
    const { hi } = c;
    if (!is_huge_zero_pmd(c, lo, hi)) {
      if (lock) yield* mlock_folio(c, pmd_huge_page(c, lo, hi));
      else yield* munlock_folio(c, pmd_huge_page(c, lo, hi));
    }
    yield* spin_unlock(c, pml);
    return;
  }
  let pte = yield* pte_offset_map_lock(c, mm, pmd, start);
  if (pte === NULL) return;
  const ptl = c.out as Ptr;
  for (let addr = start; addr < end; addr += PAGE_SIZE, pte = at(pte, 2)) {
    const lo = yield* ptep_get(c, pte);
    const page = pte_present(lo) ? vm_normal_page(c, vma, addr, lo, c.hi) : NULL;
    if (page === NULL || (yield* PageTransCompound(c, page))) continue;
    if (lock) yield* mlock_folio(c, page);
    else yield* munlock_folio(c, page);
  }
  yield* pte_unmap_unlock(c, ptl);
  yield* cond_resched(c);
}
