// SPDX-License-Identifier: GPL-2.0-only
/**
 * An anonymous page is mapped. Linux v6.6: mm/rmap.c, page_add_anon_rmap(), folio_add_new_anon_rmap(), page_move_anon_rmap(),
 * __page_set_anon_rmap().
 *
 * Two counts for each page: mappings by a pte (_mapcount), and mappings of the whole by a pmd (_entire_mapcount of the head). _nr_pages_mapped
 * of the head says how many pages a pte maps, and whether a pmd maps all, so that NR_ANON_MAPPED counts each page once.
 * left out: KSM.
 */
import { load, peek, poke, rmw, store } from '../../../../cpu/ops.ts';
import { violate } from '../../../../cpu/report.ts';
import { ADD } from '../../../../cpu/rmw.ts';
import type { Code, Vcpu } from '../../../../cpu/vcpu.ts';
import { NULL, type Ptr } from '../../../../mmu/types.ts';
import { compound_head, compound_order, folio_nr_pages } from '../../include/linux/mm/page.ts';
import { anon_vma as struct_anon_vma, page as struct_page, vm_area_struct } from '../../include/linux/mm_types.ts';
import { COMPOUND_MAPPED, FOLIO_PAGES_MAPPED } from '../../include/linux/page_ref.ts';
import { PAGE_MAPPING_ANON, SetPageAnonExclusive, SetPageSwapBacked } from '../../include/linux/page-flags.ts';
import { linear_page_index } from '../../include/linux/pagemap.ts';
import { RMAP_COMPOUND, RMAP_EXCLUSIVE } from '../../include/linux/rmap.ts';
import { mod_node_page_state, NR_ANON_MAPPED, NR_ANON_THPS } from '../../include/linux/vmstat.ts';
import { at } from '../../struct.ts';
import { mlock_vma_folio } from '../mlock/mlock_folio.ts';

/** The first mapping by a pte? How many pages have become mapped by it (0 or 1) is in c.out. */
export function* add_pte_mapping(c: Vcpu, page: Ptr, folio: Ptr): Code<boolean> {
  const first = ((yield* rmw(c, at(page, struct_page._mapcount), ADD, 1)) | 0) === -1;
  let nr = first ? 1 : 0;
  if (first && compound_order(c, folio) > 0) {
    const mapped = (yield* rmw(c, at(folio, struct_page._nr_pages_mapped), ADD, 1)) + 1;
    nr = mapped < COMPOUND_MAPPED ? 1 : 0;
  }
  c.out = nr;
  return first;
}

/** The first mapping by a pmd? How many pages have become mapped by it is in c.out, and in c.outLo how many are counted as huge from now on. */
export function* add_pmd_mapping(c: Vcpu, folio: Ptr): Code<boolean> {
  c.out = 0;
  c.outLo = 0;
  if (((yield* rmw(c, at(folio, struct_page._entire_mapcount), ADD, 1)) | 0) !== -1) return false;
  const mapped = (yield* rmw(c, at(folio, struct_page._nr_pages_mapped), ADD, COMPOUND_MAPPED)) + COMPOUND_MAPPED;
  // Otherwise a removal of the whole is on its way, and this came before its subtraction.
  if (mapped < 2 * COMPOUND_MAPPED) {
    c.outLo = folio_nr_pages(c, folio);
    c.out = Math.max(0, c.outLo - (mapped & FOLIO_PAGES_MAPPED));
  }
  return true;
}

/** The folio is locked, and so is the page table. */
export function* page_add_anon_rmap(c: Vcpu, page: Ptr, vma: Ptr, address: number, flags: number): Code {
  const folio = yield* compound_head(c, page);
  const compound = (flags & RMAP_COMPOUND) !== 0;
  const first = compound ? yield* add_pmd_mapping(c, folio) : yield* add_pte_mapping(c, page, folio);
  if (compound) mod_node_page_state(c, NR_ANON_THPS, c.outLo);
  mod_node_page_state(c, NR_ANON_MAPPED, c.out);
  if (first) yield* __page_set_anon_rmap(c, folio, page, vma, address, (flags & RMAP_EXCLUSIVE) !== 0);
  else yield* __page_check_anon_rmap(c, folio, vma);
  yield* mlock_vma_folio(c, folio, vma, compound);
}

/** Nobody else knows the folio yet: no test, no lock of the folio. */
export function* folio_add_new_anon_rmap(c: Vcpu, folio: Ptr, vma: Ptr, address: number): Code {
  yield* SetPageSwapBacked(c, folio);
  const nr = folio_nr_pages(c, folio);
  if (nr === 1) yield* store(c, at(folio, struct_page._mapcount), 0);
  else {
    yield* store(c, at(folio, struct_page._entire_mapcount), 0);
    yield* store(c, at(folio, struct_page._nr_pages_mapped), COMPOUND_MAPPED);
    mod_node_page_state(c, NR_ANON_THPS, nr);
  }
  mod_node_page_state(c, NR_ANON_MAPPED, nr);
  yield* __page_set_anon_rmap(c, folio, folio, vma, address, true);
}

/** Name of folio_add_new_anon_rmap() before v6.5. */
export function* page_add_new_anon_rmap(c: Vcpu, page: Ptr, vma: Ptr, address: number): Code {
  yield* folio_add_new_anon_rmap(c, page, vma, address);
}

/** The page has become this process's own: its reverse mapping no longer has to look at the relatives'. */
export function* page_move_anon_rmap(c: Vcpu, page: Ptr, vma: Ptr): Code {
  const folio = yield* compound_head(c, page);
  const anon_vma = yield* load(c, at(vma, vm_area_struct.anon_vma));
  if (anon_vma === NULL) violate(c, 'check', 'VM_BUG_ON: page_move_anon_rmap() for a VMA without anon_vma');
  // One store for the pointer and its bit. Pairs with folio_lock_anon_vma_read().
  yield* store(c, at(folio, struct_page.mapping), anon_vma + PAGE_MAPPING_ANON);
  yield* SetPageAnonExclusive(c, page);
}

function* __page_set_anon_rmap(c: Vcpu, folio: Ptr, page: Ptr, vma: Ptr, address: number, exclusive: boolean): Code {
  if ((peek(c, at(folio, struct_page.mapping)) & PAGE_MAPPING_ANON) === 0) {
    let anon_vma = (yield* load(c, at(vma, vm_area_struct.anon_vma))) as Ptr;
    if (anon_vma === NULL) violate(c, 'check', 'BUG_ON: an anonymous page for a VMA without anon_vma');
    // Who shares the page with relatives must be found from all of them.
    if (!exclusive) anon_vma = peek(c, at(anon_vma, struct_anon_vma.root)) as Ptr;
    yield* store(c, at(folio, struct_page.mapping), anon_vma + PAGE_MAPPING_ANON);
    poke(c, at(folio, struct_page.index), linear_page_index(c, vma, address));
  }
  if (exclusive) yield* SetPageAnonExclusive(c, page);
}

function* __page_check_anon_rmap(c: Vcpu, folio: Ptr, vma: Ptr): Code {
  const mine = (yield* load(c, at(vma, vm_area_struct.anon_vma))) as Ptr;
  const its = ((yield* load(c, at(folio, struct_page.mapping))) - PAGE_MAPPING_ANON) as Ptr;
  if (peek(c, at(mine, struct_anon_vma.root)) !== peek(c, at(its, struct_anon_vma.root)))
    violate(c, 'check', 'VM_BUG_ON_FOLIO: folio_anon_vma(folio)->root != vma->anon_vma->root');
}
