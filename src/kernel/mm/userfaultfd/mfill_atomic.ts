// SPDX-License-Identifier: GPL-2.0-only
/**
 * UFFDIO_COPY into a private mapping: the way for a page table to come back that no folio lock holds up. Linux v6.6: mm/userfaultfd.c,
 * mfill_atomic(), mfill_atomic_install_pte().
 * Left out: mmap_lock, the copy from user space, rmap and LRU; one page.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { pfnHigh, pfnLow } from '../../../../mmu/entry.ts';
import { NULL, type Pfn, type Ptr } from '../../../../mmu/types.ts';
import { pmd_none, pmd_trans_huge, pte_none } from '../../arch/x86/include/asm/pgtable.ts';
import { _PAGE_TABLE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { native_set_pte, ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { mm_find_pmd } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { pmdp_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { at } from '../../struct.ts';
import { __pte_alloc } from '../memory/pmd_install.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { anon_vma_mark } from '../rmap/anon_vma_mark.ts';

export const EEXIST = 17;
export const EAGAIN = 11;
export const EFAULT = 14;

/** @returns 0 or an error */
export function* mfill_atomic(c: Vcpu, vma: Ptr, address: number, page: Pfn): Code<number> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  yield* anon_vma_mark(c, vma);
  const pmd = mm_find_pmd(c, mm, address);
  const lo = yield* pmdp_get_lockless(c, pmd);
  if (pmd_trans_huge(lo)) return EEXIST;
  if (pmd_none(lo)) yield* __pte_alloc(c, mm, pmd, address);
  return yield* mfill_atomic_install_pte(c, mm, pmd, address, page);
}

export function* mfill_atomic_install_pte(c: Vcpu, mm: Ptr, pmd: Ptr, address: number, page: Pfn): Code<number> {
  const pte = yield* pte_offset_map_lock(c, mm, pmd, address);
  if (pte === NULL) return EAGAIN;
  const ptl = c.out as Ptr;
  const lo = yield* ptep_get(c, pte);
  const free = pte_none(lo, c.hi);
  if (free) yield* native_set_pte(c, pte, pfnLow(page) | _PAGE_TABLE, pfnHigh(page));
  yield* pte_unmap_unlock(c, ptl);
  return free ? 0 : EEXIST;
}
