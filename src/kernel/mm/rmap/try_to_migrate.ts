// SPDX-License-Identifier: GPL-2.0-only
/**
 * Replaces the mappings of a folio by migration entries: who touches it waits until remove_migration_ptes() has put mappings back.
 * Linux v6.6: mm/rmap.c, try_to_migrate(), try_to_migrate_one().
 *
 * Here for split_huge_page(), which freezes an anonymous folio by it.
 * left out: migration entries of a pmd (64 bits only), private pages of devices, hugetlb, and what else moves pages.
 */
import { peek } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { set_pte_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pte_dirty, pte_pfn, pte_write } from '../../arch/x86/include/asm/pgtable.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { folio_nr_pages, page_to_pfn, pfn_to_page } from '../../include/linux/mm/page.ts';
import { VM_LOCKED } from '../../include/linux/mm/vm_flags.ts';
import { page as struct_page, vm_area_struct } from '../../include/linux/mm_types.ts';
import { PageAnon, PageAnonExclusive } from '../../include/linux/page-flags.ts';
import { page_try_share_anon_rmap } from '../../include/linux/rmap/page_dup_rmap.ts';
import {
  new_page_vma_mapped_walk,
  new_rmap_walk_control,
  PVMW_SYNC,
  TRY_TO_MIGRATE_ONE,
  TTU_RMAP_LOCKED,
  TTU_SPLIT_HUGE_PMD,
  TTU_SYNC,
} from '../../include/linux/rmap.ts';
import {
  make_readable_exclusive_migration_entry,
  make_readable_migration_entry,
  make_writable_migration_entry,
  swp_entry_to_pte,
} from '../../include/linux/swapops.ts';
import { at } from '../../struct.ts';
import { split_huge_pmd_address } from '../huge_memory/__split_huge_pmd.ts';
import { vma_address_end } from '../internal/vma_address.ts';
import { mlock_drain_local } from '../mlock/mlock_folio.ts';
import { mmu_notifier_invalidate_range_end, mmu_notifier_invalidate_range_start } from '../mmu_notifier/mmu_notifier.ts';
import { page_vma_mapped_walk, page_vma_mapped_walk_done } from '../page_vma_mapped/page_vma_mapped_walk.ts';
import { folio_mark_dirty } from '../page-writeback/folio_mark_dirty.ts';
import { folio_put } from '../swap/put_page.ts';
import { page_remove_rmap } from './page_remove_rmap.ts';
import { rmap_walk, rmap_walk_locked } from './rmap_walk.ts';
import { clear_pte } from './try_to_unmap_one.ts';

export function* try_to_migrate(c: Vcpu, folio: Ptr, flags: number): Code {
  const rwc = new_rmap_walk_control(TRY_TO_MIGRATE_ONE, flags);
  if ((flags & TTU_RMAP_LOCKED) !== 0) yield* rmap_walk_locked(c, folio, rwc);
  else yield* rmap_walk(c, folio, rwc);
}

/** @returns false if the folio is pinned, and the walk need not go on */
export function* try_to_migrate_one(c: Vcpu, folio: Ptr, vma: Ptr, address: number, flags: number): Code<boolean> {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const pgoff = peek(c, at(folio, struct_page.index));
  const sync = (flags & TTU_SYNC) !== 0 ? PVMW_SYNC : 0;
  const pvmw = new_page_vma_mapped_walk(page_to_pfn(c, folio), folio_nr_pages(c, folio), pgoff, vma, address, sync);
  // A huge pmd becomes a table of migration entries, so the walk meets only what ptes map.
  if ((flags & TTU_SPLIT_HUGE_PMD) !== 0) yield* split_huge_pmd_address(c, vma, address, true, folio);
  const end = vma_address_end(c, pvmw);
  yield* mmu_notifier_invalidate_range_start(c, mm, address, end);
  let ret = true;
  while (ret && (yield* page_vma_mapped_walk(c, pvmw))) {
    if (pvmw.pte === NULL) violate(c, 'check', 'VM_BUG_ON_FOLIO: try_to_migrate() of a folio that is mapped by a pmd');
    ret = yield* migrate_pte(c, folio, vma, mm, pvmw.address, pvmw.pte, flags);
    if (!ret) yield* page_vma_mapped_walk_done(c, pvmw);
  }
  yield* mmu_notifier_invalidate_range_end(c, mm, address, end);
  return ret;
}

function* migrate_pte(c: Vcpu, folio: Ptr, vma: Ptr, mm: Ptr, address: number, pte: Ptr, flags: number): Code<boolean> {
  const seen = yield* ptep_get(c, pte);
  const page = pfn_to_page(c, pte_pfn(seen, c.hi));
  const anon_exclusive = PageAnon(c, folio) && (yield* PageAnonExclusive(c, page));
  const lo = yield* clear_pte(c, vma, mm, address, pte, flags);
  const { hi } = c;
  if (pte_dirty(lo)) yield* folio_mark_dirty(c, folio);
  if (anon_exclusive && (yield* page_try_share_anon_rmap(c, page)) !== 0) {
    yield* set_pte_at(c, mm, address, pte, lo, hi);
    return false;
  }
  const pfn = page_to_pfn(c, page);
  const entry = pte_write(lo)
    ? make_writable_migration_entry(pfn)
    : anon_exclusive
      ? make_readable_exclusive_migration_entry(pfn)
      : make_readable_migration_entry(pfn);
  const swp = swp_entry_to_pte(c, entry);
  yield* set_pte_at(c, mm, address, pte, swp, c.hi);
  yield* page_remove_rmap(c, page, vma, false);
  if ((peek(c, at(vma, vm_area_struct.vm_flags)) & VM_LOCKED) !== 0) yield* mlock_drain_local(c);
  yield* folio_put(c, folio);
  return true;
}
