// SPDX-License-Identifier: GPL-2.0-only
/**
 * Migration entries become mappings again, and who met one waits. Linux v6.6: mm/migrate.c, remove_migration_ptes(), remove_migration_pte(),
 * migration_entry_wait().
 *
 * A migration entry of 32 bits has no room for the accessed and dirty bits (migration_entry_supports_ad()): a page comes back old and clean; PG_dirty of
 * the folio remembers that it was written to.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { mk_pte } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { set_pte_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import { pte_mkold, pte_mkwrite } from '../../arch/x86/include/asm/pgtable.ts';
import { ptep_get } from '../../arch/x86/include/asm/pgtable-3level/native.ts';
import { compound_head, folio_nr_pages, nth_page, page_to_pfn } from '../../include/linux/mm/page.ts';
import { VM_LOCKED, VM_WRITE } from '../../include/linux/mm/vm_flags.ts';
import { page as struct_page, vm_area_struct } from '../../include/linux/mm_types.ts';
import { folio_get, folio_try_get } from '../../include/linux/page_ref.ts';
import { PageAnon } from '../../include/linux/page-flags.ts';
import { linear_page_index } from '../../include/linux/pagemap.ts';
import {
  new_page_vma_mapped_walk,
  new_rmap_walk_control,
  PVMW_MIGRATION,
  PVMW_SYNC,
  REMOVE_MIGRATION_PTE,
  RMAP_EXCLUSIVE,
  RMAP_NONE,
} from '../../include/linux/rmap.ts';
import {
  is_migration_entry,
  is_readable_exclusive_migration_entry,
  is_swap_pte,
  is_writable_migration_entry,
  pfn_swap_entry_to_page,
  pte_to_swp_entry,
} from '../../include/linux/swapops.ts';
import { at } from '../../struct.ts';
import { folio_wait_locked } from '../filemap/folio_lock.ts';
import { mlock_drain_local } from '../mlock/mlock_folio.ts';
import { page_vma_mapped_walk } from '../page_vma_mapped/page_vma_mapped_walk.ts';
import { pte_offset_map_lock, pte_unmap_unlock } from '../pgtable-generic/__pte_offset_map.ts';
import { page_add_anon_rmap } from '../rmap/page_add_anon_rmap.ts';
import { page_add_file_rmap } from '../rmap/page_add_file_rmap.ts';
import { rmap_walk, rmap_walk_locked } from '../rmap/rmap_walk.ts';
import { folio_put } from '../swap/put_page.ts';

/** Entries that name `src` become mappings of `dst`; locked: the caller holds the lock of the anon_vma or of i_mmap. */
export function* remove_migration_ptes(c: Vcpu, src: Ptr, dst: Ptr, locked: boolean): Code {
  const rwc = new_rmap_walk_control(REMOVE_MIGRATION_PTE, 0);
  rwc.old = src;
  if (locked) yield* rmap_walk_locked(c, dst, rwc);
  else yield* rmap_walk(c, dst, rwc);
}

/** @returns true: the walk goes on */
export function* remove_migration_pte(c: Vcpu, folio: Ptr, vma: Ptr, address: number, old: Ptr): Code<boolean> {
  const pgoff = peek(c, at(old, struct_page.index));
  const flags = PVMW_SYNC | PVMW_MIGRATION;
  const pvmw = new_page_vma_mapped_walk(page_to_pfn(c, old), folio_nr_pages(c, old), pgoff, vma, address, flags);
  while (yield* page_vma_mapped_walk(c, pvmw)) {
    const page = nth_page(c, folio, linear_page_index(c, vma, pvmw.address) - pgoff);
    yield* folio_get(c, folio);
    const entryLo = yield* ptep_get(c, pvmw.pte);
    const entry = pte_to_swp_entry(entryLo, c.hi);
    const vm_flags = peek(c, at(vma, vm_area_struct.vm_flags));
    const prot = at(vma, vm_area_struct.vm_page_prot);
    let lo = pte_mkold(mk_pte(c, page, peek(c, prot), peek(c, at(prot, 1))));
    const { hi } = c;
    if (is_writable_migration_entry(entry) && (vm_flags & VM_WRITE) !== 0) lo = pte_mkwrite(lo);
    const exclusive = is_writable_migration_entry(entry) || is_readable_exclusive_migration_entry(entry);
    if (PageAnon(c, folio)) yield* page_add_anon_rmap(c, page, vma, pvmw.address, exclusive ? RMAP_EXCLUSIVE : RMAP_NONE);
    else yield* page_add_file_rmap(c, page, vma, false);
    yield* set_pte_at(c, peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr, pvmw.address, pvmw.pte, lo, hi);
    if ((vm_flags & VM_LOCKED) !== 0) yield* mlock_drain_local(c);
  }
  return true;
}

/** A fault has met a migration entry: it waits for the folio's lock, which is held until the entries are gone, and is then taken again. */
export function* migration_entry_wait(c: Vcpu, mm: Ptr, pmd: Ptr, address: number): Code {
  const pte = yield* pte_offset_map_lock(c, mm, pmd, address);
  if (pte === NULL) return;
  const ptl = c.out as Ptr;
  const lo = yield* ptep_get(c, pte);
  const { hi } = c;
  const entry = pte_to_swp_entry(lo, hi);
  if (!is_swap_pte(lo, hi) || !is_migration_entry(entry)) {
    yield* pte_unmap_unlock(c, ptl);
    return;
  }
  const folio = yield* compound_head(c, pfn_swap_entry_to_page(c, entry));
  // Without a reference in Linux, which waits with the page-table lock as proof; a folio whose references are frozen is not waited for.
  const got = yield* folio_try_get(c, folio);
  yield* pte_unmap_unlock(c, ptl);
  if (!got) return;
  yield* folio_wait_locked(c, folio);
  yield* folio_put(c, folio);
}
