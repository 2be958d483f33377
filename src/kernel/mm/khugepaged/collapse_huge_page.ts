// SPDX-License-Identifier: GPL-2.0-only
/**
 * Small anonymous pages become a huge one. Linux v6.6: mm/khugepaged.c, collapse_huge_page().
 */
import { peek } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { PTE_TABLE } from '../../../../mmu/frames.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { pmd_populate } from '../../arch/x86/include/asm/pgalloc.ts';
import { pmd_pgtable } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { set_pmd_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pmd_mkdirty, pmd_none } from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { guard, on } from '../../guard.ts';
import { vma_start_write } from '../../include/linux/mm/vma_lock.ts';
import { pmd_lock, pte_lockptr } from '../../include/linux/mm.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { mmap_read_lock, mmap_read_unlock, mmap_write_lock, mmap_write_unlock } from '../../include/linux/mmap_lock.ts';
import { SetPageUptodate } from '../../include/linux/page-flags.ts';
import { anon_vma_lock_write, anon_vma_unlock_write } from '../../include/linux/rmap/anon_vma_lock.ts';
import { trace_mm_collapse_huge_page } from '../../include/trace/events/huge_memory.ts';
import { spin_lock, spin_unlock } from '../../kernel/locking/spinlock.ts';
import { rcu_read_lock } from '../../kernel/rcu/update.ts';
import { kernelOf } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { maybe_pmd_mkwrite, mk_huge_pmd } from '../huge_memory/do_huge_pmd_anonymous_page.ts';
import { tlb_remove_table_sync_one } from '../mmu_gather/tlb_remove_table_sync_one.ts';
import { mmu_notifier_invalidate_range_end, mmu_notifier_invalidate_range_start } from '../mmu_notifier/mmu_notifier.ts';
import { map_rcu_read_lock, map_value, pte_unmap } from '../pgtable-generic/__pte_offset_map.ts';
import { pgtable_trans_huge_deposit } from '../pgtable-generic/pgtable_trans_huge_deposit.ts';
import { page_add_new_anon_rmap } from '../rmap/page_add_anon_rmap.ts';
import { lru_cache_add_inactive_or_unevictable } from '../swap/folio_add_lru.ts';
import { put_page } from '../swap/put_page.ts';
import { __collapse_huge_page_copy, type unhooked_table } from './__collapse_huge_page_copy.ts';
import { __collapse_huge_page_isolate } from './__collapse_huge_page_isolate.ts';
import { __collapse_huge_page_swapin } from './__collapse_huge_page_swapin.ts';
import { alloc_charge_hpage } from './alloc_charge_hpage.ts';
import type { collapse_control } from './collapse_control.ts';
import { find_pmd_or_thp_or_none } from './find_pmd.ts';
import { check_pmd_still_valid, hugepage_vma_revalidate, hugepage_vma_revalidate_again } from './hugepage_vma_revalidate.ts';
import { SCAN_SUCCEED } from './scan_result.ts';

export const collapse_table_sync = guard(
  'collapse-table-sync',
  'tlb_remove_table_sync_one() after the table of anonymous pages was unhooked',
  'mm/khugepaged.c',
);
export const collapse_anon_vma_lock = guard(
  'collapse-anon-vma-lock',
  'anon_vma_lock_write() while the table is unhooked',
  'mm/khugepaged.c',
);

/** mmap_lock is held for reading, and is not on return. @returns a result code */
export function* collapse_huge_page(
  c: Vcpu,
  mm: Ptr,
  address: number,
  referenced: number,
  unmapped: number,
  cc: collapse_control,
): Code<number> {
  // The allocation may take long; what matters is looked at again.
  yield* mmap_read_unlock(c, mm);
  let result = yield* alloc_charge_hpage(c, mm, cc);
  if (result === SCAN_SUCCEED) {
    const hpage = c.out as Ptr;
    result = yield* collapse_into(c, mm, address, referenced, unmapped, cc, hpage);
    if (result !== SCAN_SUCCEED) yield* put_page(c, hpage);
  }
  trace_mm_collapse_huge_page(c, mm, result === SCAN_SUCCEED, result);
  return result;
}

function* collapse_into(
  c: Vcpu,
  mm: Ptr,
  address: number,
  referenced: number,
  unmapped: number,
  cc: collapse_control,
  hpage: Ptr,
): Code<number> {
  yield* mmap_read_lock(c, mm);
  let result = yield* hugepage_vma_revalidate(c, mm, address, true, cc);
  const vma = c.out as Ptr;
  if (result === SCAN_SUCCEED) result = yield* find_pmd_or_thp_or_none(c, mm, address);
  const pmd = c.out as Ptr;
  if (result !== SCAN_SUCCEED) {
    yield* mmap_read_unlock(c, mm);
    return result;
  }
  if (unmapped > 0) {
    result = yield* __collapse_huge_page_swapin(c, mm, vma, address, pmd, referenced);
    if (result !== SCAN_SUCCEED) return result; // and mmap_lock is not held any more
  }
  yield* mmap_read_unlock(c, mm);
  // From here on only gup_fast and walks by anon_vma or page lock get at the page tables.
  yield* mmap_write_lock(c, mm);
  result = yield* hugepage_vma_revalidate_again(c, mm, address, vma, cc);
  if (result === SCAN_SUCCEED) {
    const now = c.out as Ptr;
    yield* vma_start_write(c, now);
    result = yield* check_pmd_still_valid(c, mm, address, pmd);
    if (result === SCAN_SUCCEED) result = yield* replace_table(c, mm, now, address, pmd, cc, hpage);
  }
  yield* mmap_write_unlock(c, mm);
  return result;
}

/** With mmap_lock for writing. */
function* replace_table(c: Vcpu, mm: Ptr, vma: Ptr, address: number, pmd: Ptr, cc: collapse_control, hpage: Ptr): Code<number> {
  const anon_vma = peek(c, at(vma, vm_area_struct.anon_vma)) as Ptr;
  const locked = on(c, collapse_anon_vma_lock);
  if (locked) yield* anon_vma_lock_write(c, anon_vma);
  const t = yield* unhook_table(c, mm, vma, address, pmd);
  const compound_pagelist: Ptr[] = [];
  yield* spin_lock(c, t.ptl);
  let result = yield* __collapse_huge_page_isolate(c, vma, address, t.pte, cc, compound_pagelist);
  yield* spin_unlock(c, t.ptl);
  if (result !== SCAN_SUCCEED) {
    yield* pte_unmap(c);
    const pmd_ptl = yield* lock_empty_pmd(c, mm, pmd);
    yield* pmd_populate(c, mm, pmd, pmd_pgtable(c, t.origLo, t.origHi)); // the same table: set_pmd_at() is for huge ones
    yield* spin_unlock(c, pmd_ptl);
    if (locked) yield* anon_vma_unlock_write(c, anon_vma);
    return result;
  }
  // Every page is isolated and locked: no walk by anon_vma gets to them.
  if (locked) yield* anon_vma_unlock_write(c, anon_vma);
  result = yield* __collapse_huge_page_copy(c, t, hpage, address, compound_pagelist);
  yield* pte_unmap(c);
  if (result === SCAN_SUCCEED) yield* map_huge_page(c, mm, t, address, hpage);
  return result;
}

/** Takes the table out of its slot, and waits for whoever walks it without a lock. */
function* unhook_table(c: Vcpu, mm: Ptr, vma: Ptr, address: number, pmd: Ptr): Code<unhooked_table> {
  const end = address + HPAGE_PMD_SIZE;
  yield* mmu_notifier_invalidate_range_start(c, mm, address, end);
  const pmd_ptl = yield* pmd_lock(c, mm, pmd); // probably unnecessary, says Linux
  // No small translation may be left beside the huge one to come. gup_fast sees that the pmd has changed, and lets go.
  const origLo = yield* kernelOf(c).fns.pmdp_collapse_flush(c, vma, address, pmd);
  const origHi = c.hi;
  yield* spin_unlock(c, pmd_ptl);
  yield* mmu_notifier_invalidate_range_end(c, mm, address, end);
  if (on(c, collapse_table_sync)) yield* tlb_remove_table_sync_one(c);
  // pte_offset_map_lock() of the copy of the pmd: nobody changes that one.
  if (on(c, map_rcu_read_lock)) yield* rcu_read_lock(c);
  const pte = yield* map_value(c, NULL, origLo, origHi, address);
  return { vma, pmd, origLo, origHi, pte, ptl: pte_lockptr(c, mm, origLo, origHi, PTE_TABLE) };
}

function* lock_empty_pmd(c: Vcpu, mm: Ptr, pmd: Ptr): Code<Ptr> {
  const ptl = yield* pmd_lock(c, mm, pmd);
  if (!pmd_none(peek(c, pmd))) violate(c, 'check', 'kernel BUG at mm/khugepaged.c: the pmd that was emptied is not empty');
  return ptl;
}

/** The old table is kept beside the huge page, for the day when that is split. */
function* map_huge_page(c: Vcpu, mm: Ptr, t: unhooked_table, address: number, hpage: Ptr): Code {
  // smp_wmb() of __folio_mark_uptodate(): nothing to do under TSO. Pairs with the walk of whoever finds the page: the copies come first.
  yield* SetPageUptodate(c, hpage);
  const { vma, pmd } = t;
  const prot = at(vma, vm_area_struct.vm_page_prot);
  const plain = mk_huge_pmd(c, hpage, peek(c, prot), peek(c, at(prot, 1)));
  const hi = c.hi;
  const lo = maybe_pmd_mkwrite(c, pmd_mkdirty(plain), vma);
  const pmd_ptl = yield* lock_empty_pmd(c, mm, pmd);
  yield* page_add_new_anon_rmap(c, hpage, vma, address);
  yield* lru_cache_add_inactive_or_unevictable(c, hpage, vma);
  pgtable_trans_huge_deposit(c, mm, pmd, pmd_pgtable(c, t.origLo, t.origHi));
  yield* set_pmd_at(c, mm, address, pmd, lo, hi);
  yield* spin_unlock(c, pmd_ptl);
}
