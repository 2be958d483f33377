// SPDX-License-Identifier: GPL-2.0-only
/**
 * The split of one huge mapping under pml. Linux v6.6: mm/huge_memory.c, __split_huge_pmd_locked(), __split_huge_zero_page_pmd().
 *
 * The entry is first made invalid and flushed, and only then replaced by the page table: no processor may have a small and a huge translation of one
 * address at the same time. Huge it stays for the kernel all the while (PSE).
 * left out: pmd migration entries, which 32-bit x86 does not have; soft-dirty.
 */
import { peek } from '../../../../cpu/ops.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import type { Ptr } from '../../../../mmu/types.ts';
import { pmd_populate } from '../../arch/x86/include/asm/pgalloc.ts';
import { mk_pte, pfn_pte } from '../../arch/x86/include/asm/pgtable/mk_pte.ts';
import { set_pte_at } from '../../arch/x86/include/asm/pgtable/ptep.ts';
import {
  pmd_dirty,
  pmd_pfn,
  pmd_write,
  pmd_young,
  pte_mkdirty,
  pte_mkold,
  pte_mkspecial,
  pte_mkwrite,
} from '../../arch/x86/include/asm/pgtable.ts';
import { HPAGE_PMD_NR, PAGE_SIZE } from '../../arch/x86/include/asm/pgtable_types.ts';
import { add_mm_counter, mm_counter_file } from '../../include/linux/mm/mm_counter.ts';
import { nth_page, page_address, page_to_pfn, pfn_to_page } from '../../include/linux/mm/page.ts';
import { vm_area_struct } from '../../include/linux/mm_types.ts';
import { page_ref_add } from '../../include/linux/page_ref.ts';
import {
  PageAnonExclusive,
  PageDirty,
  PageReferenced,
  SetPageAnonExclusive,
  SetPageDirty,
  SetPageReferenced,
} from '../../include/linux/page-flags.ts';
import { my_zero_pfn } from '../../include/linux/pgtable/zero_pfn.ts';
import { page_try_share_anon_rmap } from '../../include/linux/rmap/page_dup_rmap.ts';
import { RMAP_NONE } from '../../include/linux/rmap.ts';
import {
  make_readable_exclusive_migration_entry,
  make_readable_migration_entry,
  make_writable_migration_entry,
  swp_entry_to_pte,
} from '../../include/linux/swapops.ts';
import { count_vm_event } from '../../include/linux/vmstat.ts';
import { THP_SPLIT_PMD } from '../../include/linux/vmstat-items.ts';
import { since } from '../../kernel.ts';
import { at } from '../../struct.ts';
import { vma_is_anonymous } from '../mmap/find_vma.ts';
import { folio_mark_dirty } from '../page-writeback/folio_mark_dirty.ts';
import { pgtable_trans_huge_withdraw } from '../pgtable-generic/pgtable_trans_huge_deposit.ts';
import { pmdp_huge_clear_flush, pmdp_invalidate } from '../pgtable-generic/ptep_clear_flush.ts';
import { page_add_anon_rmap } from '../rmap/page_add_anon_rmap.ts';
import { page_remove_rmap } from '../rmap/page_remove_rmap.ts';
import { folio_put } from '../swap/put_page.ts';
import { is_huge_zero_pmd } from './huge_zero_page.ts';

export function* __split_huge_pmd_locked(c: Vcpu, vma: Ptr, pmd: Ptr, haddr: number, freeze: boolean): Code {
  count_vm_event(c, THP_SPLIT_PMD);
  if (!vma_is_anonymous(c, vma)) yield* drop_file_pmd(c, vma, pmd, haddr);
  else if (is_huge_zero_pmd(c, peek(c, pmd), peek(c, at(pmd, 1)))) yield* __split_huge_zero_page_pmd(c, vma, pmd, haddr);
  else yield* split_anon_pmd(c, vma, pmd, haddr, freeze);
}

function* drop_file_pmd(c: Vcpu, vma: Ptr, pmd: Ptr, haddr: number): Code {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const lo = yield* pmdp_huge_clear_flush(c, vma, haddr, pmd);
  const folio = pfn_to_page(c, pmd_pfn(lo, c.hi));
  if (!(yield* PageDirty(c, folio)) && pmd_dirty(lo)) yield* folio_mark_dirty(c, folio);
  if (!(yield* PageReferenced(c, folio)) && pmd_young(lo)) yield* SetPageReferenced(c, folio);
  yield* page_remove_rmap(c, folio, vma, true);
  add_mm_counter(c, mm, yield* mm_counter_file(c, folio), -HPAGE_PMD_NR);
  yield* folio_put(c, folio);
}

function* __split_huge_zero_page_pmd(c: Vcpu, vma: Ptr, pmd: Ptr, haddr: number): Code {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const prot = at(vma, vm_area_struct.vm_page_prot);
  yield* pmdp_huge_clear_flush(c, vma, haddr, pmd);
  const pgtable = pgtable_trans_huge_withdraw(c, mm, pmd);
  for (let i = 0; i < HPAGE_PMD_NR; i++) {
    const addr = haddr + i * PAGE_SIZE;
    const entry = pte_mkspecial(pfn_pte(c, my_zero_pfn(c, addr), peek(c, prot), peek(c, at(prot, 1))));
    yield* set_pte_at(c, mm, addr, at(page_address(c, pgtable), i * 2), entry, c.hi);
  }
  // smp_wmb(): nothing to do under TSO. Pairs with the address dependency of whoever walks through the new entry.
  yield* pmd_populate(c, mm, pmd, pgtable);
}

/** @param freeze the pages get migration entries instead of mappings: the whole is about to be split */
function* split_anon_pmd(c: Vcpu, vma: Ptr, pmd: Ptr, haddr: number, freeze: boolean): Code {
  const mm = peek(c, at(vma, vm_area_struct.vm_mm)) as Ptr;
  const old = yield* pmdp_invalidate(c, vma, haddr, pmd);
  const folio = pfn_to_page(c, pmd_pfn(old, c.hi));
  if (pmd_dirty(old)) yield* SetPageDirty(c, folio);
  const anon_exclusive = yield* PageAnonExclusive(c, folio);
  // A page that may be pinned cannot go: then it is only mapped by ptes.
  const frozen = freeze && (!anon_exclusive || (yield* page_try_share_anon_rmap(c, folio)) === 0);
  // 6.1 maps the pages one by one all the same, and unmaps them again: with that the page comes to wait for a deferred split.
  const mapped = !frozen || !since(c, '96d82deb743a');
  if (mapped) yield* page_ref_add(c, folio, HPAGE_PMD_NR - 1);
  const pgtable = pgtable_trans_huge_withdraw(c, mm, pmd);
  for (let i = 0; i < HPAGE_PMD_NR; i++) {
    const page = nth_page(c, folio, i);
    const addr = haddr + i * PAGE_SIZE;
    const entry = frozen ? frozen_pte(c, page, pmd_write(old), anon_exclusive) : small_pte(c, vma, page, old);
    const { hi } = c;
    if (!frozen && anon_exclusive) yield* SetPageAnonExclusive(c, page);
    if (mapped) yield* page_add_anon_rmap(c, page, vma, addr, RMAP_NONE);
    yield* set_pte_at(c, mm, addr, at(page_address(c, pgtable), i * 2), entry, hi);
  }
  yield* page_remove_rmap(c, folio, vma, true);
  if (!mapped) yield* folio_put(c, folio);
  // smp_wmb(): nothing to do under TSO. Pairs with the address dependency of whoever walks through the new entry.
  yield* pmd_populate(c, mm, pmd, pgtable);
  if (frozen && mapped) yield* unmap_small_pages(c, vma, folio);
}

function* unmap_small_pages(c: Vcpu, vma: Ptr, folio: Ptr): Code {
  for (let i = 0; i < HPAGE_PMD_NR; i++) {
    yield* page_remove_rmap(c, nth_page(c, folio, i), vma, false);
    yield* folio_put(c, folio);
  }
}

/** @returns the low word; the high one is in c.hi */
function frozen_pte(c: Vcpu, page: Ptr, write: boolean, anon_exclusive: boolean): number {
  const pfn = page_to_pfn(c, page);
  if (write) return swp_entry_to_pte(c, make_writable_migration_entry(pfn));
  return swp_entry_to_pte(c, anon_exclusive ? make_readable_exclusive_migration_entry(pfn) : make_readable_migration_entry(pfn));
}

/** @param old low word of the huge entry. @returns the low word; the high one is in c.hi */
function small_pte(c: Vcpu, vma: Ptr, page: Ptr, old: number): number {
  const prot = at(vma, vm_area_struct.vm_page_prot);
  let entry = mk_pte(c, page, peek(c, prot), peek(c, at(prot, 1)));
  if (pmd_write(old)) entry = pte_mkwrite(entry);
  if (!pmd_young(old)) entry = pte_mkold(entry);
  // 6.1 left the ptes clean: the dirty bit of the folio says it.
  return pmd_dirty(old) && since(c, '5436d6556937') ? pte_mkdirty(entry) : entry;
}
