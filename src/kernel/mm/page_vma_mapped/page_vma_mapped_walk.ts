// SPDX-License-Identifier: GPL-2.0-only
/**
 * Where a VMA maps a page or the pages of a folio: one call for each place, until the answer is no. Linux v6.6: mm/page_vma_mapped.c,
 * page_vma_mapped_walk(), map_pte(), check_pte(), check_pmd(), page_mapped_in_vma(); include/linux/rmap.h, page_vma_mapped_walk_done().
 *
 * The pmd is read with interrupts on, and only its low word decides; what it points to is found again by pte_offset_map_nolock(). An entry
 * that seems to be of interest is looked at again under the lock of the table that it lies in.
 * left out: hugetlb, private pages of devices.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_pfn, pmd_present, pmd_trans_huge, pte_none, pte_pfn, pte_present } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_NR, PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { page_to_pfn } from '../../include/linux/mm/page.ts';
import { mm_find_pmd, pmd_lock } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { pmdp_get_lockless } from '../../include/linux/pgtable/pmdp_get_lockless.ts';
import { new_page_vma_mapped_walk, PVMW_MIGRATION, PVMW_SYNC, type page_vma_mapped_walk as Walk } from '../../include/linux/rmap.ts';
import { is_migration_entry, is_swap_pte, pte_to_swp_entry, swp_offset } from '../../include/linux/swapops.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { at } from '../../struct.ts';
import { transhuge_vma_suitable } from '../huge_memory/hugepage_vma_check.ts';
import { vma_address, vma_address_end } from '../internal/vma_address.ts';
import { pte_offset_map_lock, pte_offset_map_nolock, pte_unmap } from '../pgtable-generic/__pte_offset_map.ts';

const NOT_FOUND = 0;
const FOUND_PMD = 1;
/** A pte that may be of interest, its lock taken. */
const FOUND_PTE = 2;
/** A table whose first entry is of no interest; its lock is not taken. */
const FOUND_TABLE = 3;

/** Gives back what the walk holds. */
export function* page_vma_mapped_walk_done(c: Vcpu, pvmw: Walk): Code {
  if (pvmw.pte !== NULL) yield* pte_unmap(c);
  if (pvmw.ptl !== NULL) yield* spin_unlock(c, pvmw.ptl);
  pvmw.pte = NULL;
  pvmw.ptl = NULL;
}

function* not_found(c: Vcpu, pvmw: Walk): Code<boolean> {
  yield* page_vma_mapped_walk_done(c, pvmw);
  return false;
}

/** @returns whether the entry is of interest; else its table's lock, not taken, in c.out, if pvmw.pte is not NULL */
function* map_pte(c: Vcpu, pvmw: Walk): Code<boolean> {
  const mm = peek(c, at(pvmw.vma, vm_area_struct.vm_mm)) as Ptr;
  if ((pvmw.flags & PVMW_SYNC) !== 0) {
    pvmw.pte = yield* pte_offset_map_lock(c, mm, pvmw.pmd, pvmw.address);
    if (pvmw.pte !== NULL) pvmw.ptl = c.out as Ptr;
    return pvmw.pte !== NULL;
  }
  pvmw.pte = yield* pte_offset_map_nolock(c, mm, pvmw.pmd, pvmw.address);
  if (pvmw.pte === NULL) return false;
  const ptl = c.out as Ptr;
  const lo = yield* ptep_get(c, pvmw.pte);
  const hi = c.hi;
  c.out = ptl;
  if ((pvmw.flags & PVMW_MIGRATION) !== 0 ? !is_swap_pte(lo, hi) : !pte_present(lo)) return false;
  pvmw.ptl = ptl;
  yield* spin_lock(c, ptl);
  return true;
}

/** Does the entry, now locked, map one of the pages, or is it a migration entry for one? */
function* check_pte(c: Vcpu, pvmw: Walk): Code<boolean> {
  const lo = yield* ptep_get(c, pvmw.pte);
  const { hi } = c;
  let pfn: number;
  if ((pvmw.flags & PVMW_MIGRATION) !== 0) {
    if (!is_swap_pte(lo, hi)) return false;
    const entry = pte_to_swp_entry(lo, hi);
    if (!is_migration_entry(entry)) return false;
    pfn = swp_offset(entry);
  } else {
    if (!pte_present(lo)) return false;
    pfn = pte_pfn(lo, hi);
  }
  return pfn >= pvmw.pfn && pfn < pvmw.pfn + pvmw.nr_pages;
}

const check_pmd = (pfn: number, pvmw: Walk): boolean => pfn + HPAGE_PMD_NR > pvmw.pfn && pfn < pvmw.pfn + pvmw.nr_pages;

/** From pvmw.address on: a huge mapping, or a table. The lock of a table that is not locked is in c.out. */
function* find_table(c: Vcpu, pvmw: Walk, end: number): Code<number> {
  const mm = peek(c, at(pvmw.vma, vm_area_struct.vm_mm)) as Ptr;
  while (pvmw.address < end) {
    pvmw.pmd = mm_find_pmd(c, mm, pvmw.address);
    if (pvmw.pmd === NULL) {
      pvmw.address = (Math.floor(pvmw.address / 0x40000000) + 1) * 0x40000000;
      continue;
    }
    const lo = yield* pmdp_get_lockless(c, pvmw.pmd);
    if (pmd_trans_huge(lo)) {
      pvmw.ptl = yield* pmd_lock(c, mm, pvmw.pmd);
      const nowLo = peek(c, pvmw.pmd);
      const nowHi = peek(c, at(pvmw.pmd, 1));
      if (!pmd_present(nowLo)) return NOT_FOUND;
      if (pmd_trans_huge(nowLo))
        return (pvmw.flags & PVMW_MIGRATION) === 0 && check_pmd(pmd_pfn(nowLo, nowHi), pvmw) ? FOUND_PMD : NOT_FOUND;
      yield* spin_unlock(c, pvmw.ptl); // The huge pmd was split meanwhile
      pvmw.ptl = NULL;
    } else if (!pmd_present(lo)) {
      yield* wait_for_zap(c, pvmw, mm);
      pvmw.address = (Math.floor(pvmw.address / PMD_SIZE) + 1) * PMD_SIZE;
      continue;
    }
    if (yield* map_pte(c, pvmw)) return FOUND_PTE;
    if (pvmw.pte !== NULL) return FOUND_TABLE;
    // The table went away: look at the pmd again.
  }
  return NOT_FOUND;
}

/** zap_huge_pmd() clears the pmd before it lowers the mapcount: PVMW_SYNC waits until it has done both. */
function* wait_for_zap(c: Vcpu, pvmw: Walk, mm: Ptr): Code {
  if ((pvmw.flags & PVMW_SYNC) === 0 || pvmw.nr_pages < HPAGE_PMD_NR || !transhuge_vma_suitable(c, pvmw.vma, pvmw.address)) return;
  yield* spin_unlock(c, yield* pmd_lock(c, mm, pvmw.pmd));
}

/**
 * @returns whether there is one more mapping: `pte`, or `pmd` alone for a mapping of the whole, with `ptl` held and `address` where it is. After
 *     true, call again or call page_vma_mapped_walk_done(); after false the walk holds nothing
 */
export function* page_vma_mapped_walk(c: Vcpu, pvmw: Walk): Code<boolean> {
  // There is one mapping by a pmd at most.
  if (pvmw.pmd !== NULL && pvmw.pte === NULL) return yield* not_found(c, pvmw);
  const end = vma_address_end(c, pvmw);
  let ptl = pvmw.ptl;
  let next = pvmw.pte !== NULL;
  for (;;) {
    if (pvmw.pte === NULL) {
      const found = yield* find_table(c, pvmw, end);
      if (found === NOT_FOUND) return yield* not_found(c, pvmw);
      if (found === FOUND_PMD) return true;
      next = found === FOUND_TABLE;
      ptl = next ? (c.out as Ptr) : pvmw.ptl;
    }
    if (!next && (yield* check_pte(c, pvmw))) return true;
    next = false;
    if (!(yield* next_pte(c, pvmw, end))) return yield* not_found(c, pvmw);
    if (pvmw.pte !== NULL && pvmw.ptl === NULL) {
      pvmw.ptl = ptl;
      yield* spin_lock(c, ptl);
    }
  }
}

/** To the next entry that is not empty, or to the end of the table: then pvmw.pte is NULL. @returns false at the end of the range */
function* next_pte(c: Vcpu, pvmw: Walk, end: number): Code<boolean> {
  for (;;) {
    pvmw.address += 4096;
    if (pvmw.address >= end) return false;
    if ((pvmw.address & (PMD_SIZE - 4096)) === 0) {
      yield* page_vma_mapped_walk_done(c, pvmw);
      return true;
    }
    pvmw.pte = at(pvmw.pte, 2);
    const lo = yield* ptep_get(c, pvmw.pte);
    if (!pte_none(lo, c.hi)) return true;
  }
}

/** Whether the page is really mapped in the VMA. */
export function* page_mapped_in_vma(c: Vcpu, page: Ptr, vma: Ptr): Code<boolean> {
  const address = yield* vma_address(c, page, vma);
  if (address < 0) return false;
  const pvmw = new_page_vma_mapped_walk(page_to_pfn(c, page), 1, 0, vma, address, PVMW_SYNC);
  if (!(yield* page_vma_mapped_walk(c, pvmw))) return false;
  yield* page_vma_mapped_walk_done(c, pvmw);
  return true;
}
