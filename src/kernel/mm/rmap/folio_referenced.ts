// SPDX-License-Identifier: GPL-2.0-only
/**
 * Has a folio been used through its mappings since this was asked last? The accessed bits are cleared. Linux v6.6: mm/rmap.c, folio_referenced(),
 * folio_referenced_one().
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmdp_test_and_clear_young } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { flush_tlb_range } from '../../arch/x86/mm/tlb/flush_tlb_mm_range.ts';
import { compound_order, folio_nr_pages, page_to_pfn } from '../../include/linux/mm/page.ts';
import { VM_LOCKED } from '../../include/linux/mm/vm_flags.ts';
import { page as struct_page, vm_area_struct } from '../../include/linux/mm_types.ts';
import { folio_mapcount } from '../../include/linux/page_ref.ts';
import { FOLIO_REFERENCED_ONE, new_page_vma_mapped_walk, new_rmap_walk_control, type rmap_walk_control } from '../../include/linux/rmap.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { mlock_vma_folio } from '../mlock/mlock_folio.ts';
import { mmu_notifier_clear_flush_young } from '../mmu_notifier/mmu_notifier.ts';
import { page_vma_mapped_walk, page_vma_mapped_walk_done } from '../page_vma_mapped/page_vma_mapped_walk.ts';
import { rmap_walk } from './rmap_walk.ts';

/** The folio is locked. @returns VMAs through which it was used, their VM_* in c.out; -1 if that cannot be told without waiting for a lock */
export function* folio_referenced(c: Vcpu, folio: Ptr): Code<number> {
  const pra = new_rmap_walk_control(FOLIO_REFERENCED_ONE, 0);
  pra.mapcount = yield* folio_mapcount(c, folio);
  pra.try_lock = true;
  if (pra.mapcount > 0) yield* rmap_walk(c, folio, pra);
  c.out = pra.vm_flags;
  return pra.contended ? -1 : pra.referenced;
}

/** @returns whether the walk goes on */
export function* folio_referenced_one(c: Vcpu, folio: Ptr, vma: Ptr, address: number, pra: rmap_walk_control): Code<boolean> {
  const pgoff = peek(c, at(folio, struct_page.index));
  const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
  const pvmw = new_page_vma_mapped_walk(page_to_pfn(c, folio), folio_nr_pages(c, folio), pgoff, vma, address, 0);
  let referenced = false;
  while (yield* page_vma_mapped_walk(c, pvmw)) {
    if ((vm_flags & VM_LOCKED) !== 0 && (compound_order(c, folio) === 0 || pvmw.pte === NULL)) {
      yield* mlock_vma_folio(c, folio, vma, pvmw.pte === NULL); // A mlock that was missed
      yield* page_vma_mapped_walk_done(c, pvmw);
      pra.vm_flags |= VM_LOCKED;
      return false;
    }
    if (pvmw.pte !== NULL ? yield* pte_used(c, vma, pvmw.address, pvmw.pte) : yield* pmd_used(c, vma, pvmw.address, pvmw.pmd))
      referenced = true;
    pra.mapcount--;
  }
  if (referenced) {
    pra.referenced++;
    pra.vm_flags |= vm_flags & ~VM_LOCKED;
  }
  return pra.mapcount > 0;
}

/** ptep_clear_flush_young_notify(). */
function* pte_used(c: Vcpu, vma: Ptr, address: number, pte: Ptr): Code<boolean> {
  const young = yield* kernelOf(c).fns.ptep_clear_flush_young(c, vma, address, pte);
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  return (yield* mmu_notifier_clear_flush_young(c, mm, address, address + 4096)) || young;
}

/** pmdp_clear_flush_young_notify(). */
function* pmd_used(c: Vcpu, vma: Ptr, address: number, pmd: Ptr): Code<boolean> {
  const young = yield* pmdp_test_and_clear_young(c, vma, address, pmd);
  if (young) yield* flush_tlb_range(c, vma, address, address + HPAGE_PMD_SIZE);
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  return (yield* mmu_notifier_clear_flush_young(c, mm, address, address + HPAGE_PMD_SIZE)) || young;
}
